/** What recruiters see in Lever beside the link. Each answer is tested and stored at once. */
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

/** Enter keeps the current answer. */
export async function askRecruiters(context: WizardContext): Promise<void> {
  heading(context, 'What recruiters see in Lever');
  await askTag(context, WAITING);
  await askTag(context, PROGRESS);
  await askNote(context);
  const unmapped = sayUnmapped(context.session.stored.settings());
  if (unmapped !== undefined) warn(context, `Left to do: ${unmapped}`);
}

const WAITING: TagQuestion = {
  setting: 'holdTags',
  what: 'why a candidate is on hold',
  no: 'No, I tell them myself',
  yes: 'Yes, where they can fix it',
  example: 'such as “codesubmit: no e-mail”; removed once it’s fixed',
};

const PROGRESS: TagQuestion = {
  setting: 'progressTags',
  what: 'a candidate’s progress',
  no: 'No',
  yes: 'Yes, one at a time',
  example: 'such as “codesubmit:backend: started”, then submitted, reviewed or overdue',
};

async function askTag(context: WizardContext, question: TagQuestion): Promise<void> {
  const { session } = context;
  const { setting, what, no, yes, example } = question;
  const isWanted = await askOne(
    `Show ${what} by a tag?`,
    [
      { name: no, value: false },
      { name: yes, value: true, description: example },
    ],
    session.stored.settings()[setting],
  );
  await session.changeFeatures({ [setting]: isWanted });
  good(context, `${isWanted ? 'A' : 'No'} tag shows ${what}.`);
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
  const { completionNote: before } = session.stored.settings();
  const completionNote = await askOne('Add a note when a challenge is done?', NOTES, before);
  await session.changeFeatures({ completionNote });
  good(context, completionNote === 'off' ? 'No note.' : `A note, once it is ${completionNote}.`);
}
