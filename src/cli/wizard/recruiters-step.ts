/** What recruiters are told in Lever, beside the challenge's link. Each answer is tried with Lever and kept at once. */
import type { CompletionNoteWhen } from '../../config/settings.js';
import { sayUnmapped } from '../unmapped-words.js';
import { askOne } from './ask.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

/** Enter changes nothing. */
export async function askRecruiters(context: WizardContext): Promise<void> {
  heading(context, 'What recruiters see in Lever');
  await askHoldTags(context);
  await askProgressTags(context);
  await askNote(context);
  const unmapped = sayUnmapped(context.sitting.settings());
  if (unmapped !== undefined) warn(context, `Left to do: ${unmapped}`);
}

async function askHoldTags(context: WizardContext): Promise<void> {
  const { sitting } = context;
  const holdTags = await askOne(
    'Does a tag say why somebody waits?',
    [
      { name: 'No, I tell them myself', value: false },
      {
        name: 'Yes, where they can mend it',
        value: true,
        description: 'such as “codesubmit: no e-mail”; taken away once it is mended',
      },
    ],
    sitting.settings().holdTags,
  );
  await sitting.keepFeatures({ holdTags });
  good(context, holdTags ? 'A tag says why somebody waits.' : 'No tag says why somebody waits.');
}

async function askProgressTags(context: WizardContext): Promise<void> {
  const { sitting } = context;
  const progressTags = await askOne(
    'Does a tag say how far a challenge is?',
    [
      { name: 'No', value: false },
      {
        name: 'Yes, one at a time',
        value: true,
        description: 'such as “codesubmit:backend: started”, then submitted, reviewed or overdue',
      },
    ],
    sitting.settings().progressTags,
  );
  await sitting.keepFeatures({ progressTags });
  good(context, progressTags ? 'A tag says how far it is.' : 'No tag says how far it is.');
}

const NOTES: { name: string; value: CompletionNoteWhen; description?: string }[] = [
  { name: 'No', value: 'off' },
  {
    name: 'Yes, when it is submitted',
    value: 'submitted',
    description: 'what, when and how long; score and report where CodeSubmit shows them by then',
  },
  {
    name: 'Yes, when it is reviewed',
    value: 'reviewed',
    description: 'the same, with what the review brought',
  },
];

async function askNote(context: WizardContext): Promise<void> {
  const { sitting } = context;
  const { completionNote: before, noteSecret, noteNotify } = sitting.settings();
  const completionNote = await askOne(
    'Does a note sum up a challenge that is done?',
    NOTES,
    before,
  );
  if (completionNote === 'off') {
    await sitting.keepFeatures({ completionNote });
    good(context, 'No note.');
    return;
  }
  const isSecret = await askOne(
    'Who sees the note?',
    [
      { name: 'Whoever sees the candidate', value: false },
      { name: 'Those only who may see secret notes', value: true },
    ],
    noteSecret,
  );
  const isTold = await askOne(
    'Are the candidate’s followers told of it?',
    [
      { name: 'No', value: false },
      { name: 'Yes', value: true },
    ],
    noteNotify,
  );
  await sitting.keepFeatures({ completionNote, noteSecret: isSecret, noteNotify: isTold });
  good(context, `A note, once it is ${completionNote}.`);
  const { io } = context;
  io.out('To read it before: codesubmit-lever preview. In other words: setup --note-template TEXT');
}
