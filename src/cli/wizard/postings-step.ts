/** Puts a rule's tag on postings chosen from a list, so no one has to copy it. */
import type { LeverLook } from '../../setup/setup-lookups.js';
import { hasTag } from '../../domain/rule.js';
import { askOne, askSeveral } from './ask.js';
import { needActingUser } from './lever-step.js';
import { good, untilRefused, type WizardContext } from './wizard-context.js';
import type { PostingsChanged } from '../../setup/rules/tag-postings.js';
import type { Posting } from '../../domain/lever-ports.js';

// Chooses postings from a list that typing narrows, and reports what happened to their tags.

export function namePosting({ title, location }: Posting): string {
  return location === '' ? title : `${title} (${location})`;
}

/** Postings that have the tag already are marked. */
export function choosePostings(
  postings: readonly Posting[],
  isTagged: (posting: Posting) => boolean,
): Promise<Posting[]> {
  const choices = postings.map((posting) => ({
    name: `${namePosting(posting)}${isTagged(posting) ? ' ✓ has it' : ''}`,
    value: posting,
  }));
  return askSeveral('On which postings?', choices);
}

export function sayChanged(
  { changed, same, gone }: PostingsChanged,
  kind: 'add' | 'remove',
): string[] {
  const [done, already] = kind === 'add' ? ['added', 'already there'] : ['removed', 'wasn’t there'];
  return [
    ...changed.map((posting) => `${done}: ${namePosting(posting)}`),
    ...same.map((posting) => `${already}: ${namePosting(posting)}`),
    ...gone.map((posting) => `no longer there: ${namePosting(posting)}`),
  ];
}

/** True if a posting now has the tag. If Lever refuses, the tag is added manually. */
export async function offerPostings(
  context: WizardContext,
  look: LeverLook,
  tag: string,
): Promise<boolean> {
  const isWanted = await askOne('Add this tag to postings now?', [
    { name: 'No, recruiters add it in Lever', value: false },
    { name: 'Yes, let me choose', value: true },
  ]);
  if (!isWanted || !(await needActingUser(context, look))) return false;
  let isPut = false;
  await untilRefused(context, async () => {
    isPut = await putOnPostings(context, tag);
  });
  return isPut;
}

async function putOnPostings({ io, ...context }: WizardContext, tag: string): Promise<boolean> {
  io.progress('Reading the postings …');
  const postings = await context.lookups.listPostings();
  const chosen = await choosePostings(postings, ({ tags }) => hasTag(tags, tag));
  const result = await context.lookups.putTagOn(tag, chosen, (done) => {
    io.progress(`${done} of ${chosen.length} postings …`);
  });
  for (const line of sayChanged(result, 'add')) good({ io, ...context }, line);
  return result.changed.length + result.same.length > 0;
}
