/** Puts a rule's tag on postings chosen from a list, so no one has to copy it. */
import type { LeverLook } from '../../setup/setup-lookups.js';
import { hasTag } from '../../domain/rule.js';
import { choosePostings, sayChanged } from './choose-postings.js';
import { askOne } from './ask.js';
import { needActingUser } from './lever-step.js';
import { good, untilRefused, type WizardContext } from './wizard-context.js';

/**
 * Returns true if a posting now has the tag. If Lever refuses, it says so, and the tag is added
 * manually.
 */
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
