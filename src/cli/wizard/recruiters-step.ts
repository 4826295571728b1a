/** What recruiters are told in Lever, beside the challenge's link. Each answer is tried with Lever and kept at once. */
import type { CompletionNoteWhen } from '../../storage/settings/settings.js';
import { sayUnmapped } from './setup-words.js';
import { askOne } from './ask.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

interface TagQuestion {
  setting: 'holdTags' | 'progressTags';
  /** What the tag says. */
  what: string;
  no: string;
  yes: string;
  example: string;
}

/** Enter changes nothing. */
export async function askRecruiters(context: WizardContext): Promise<void> {
  heading(context, 'What recruiters see in Lever');
  await askTag(context, WAITING);
  await askTag(context, PROGRESS);
  await askNote(context);
  const unmapped = sayUnmapped(context.session.settings());
  if (unmapped !== undefined) warn(context, `Left to do: ${unmapped}`);
}

const WAITING: TagQuestion = {
  setting: 'holdTags',
  what: 'why somebody waits',
  no: 'No, I tell them myself',
  yes: 'Yes, where they can fix it',
  example: 'such as “codesubmit: no e-mail”; taken away once it is fixed',
};

const PROGRESS: TagQuestion = {
  setting: 'progressTags',
  what: 'how far a challenge is',
  no: 'No',
  yes: 'Yes, one at a time',
  example: 'such as “codesubmit:backend: started”, then submitted, reviewed or overdue',
};

async function askTag(context: WizardContext, question: TagQuestion): Promise<void> {
  const { session } = context;
  const { setting, what, no, yes, example } = question;
  const isWanted = await askOne(
    `Does a tag say ${what}?`,
    [
      { name: no, value: false },
      { name: yes, value: true, description: example },
    ],
    session.settings()[setting],
  );
  await session.changeFeatures({ [setting]: isWanted });
  good(context, `${isWanted ? 'A' : 'No'} tag says ${what}.`);
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
  const { session } = context;
  const { completionNote: before, noteSecret, noteNotify } = session.settings();
  const completionNote = await askOne(
    'Does a note sum up a challenge that is done?',
    NOTES,
    before,
  );
  if (completionNote === 'off') {
    await session.changeFeatures({ completionNote });
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
  await session.changeFeatures({ completionNote, noteSecret: isSecret, noteNotify: isTold });
  good(context, `A note, once it is ${completionNote}.`);
  const { io } = context;
  io.out('To read it before: codesubmit-lever preview. In other words: setup --note-template TEXT');
}
