/** The question before challenges are sent: who gets which one, how many, and whether to go on. */
import type { App } from '../../admin/app.js';
import type { Effect } from '../../admin/preview.js';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import type { Invitee } from '../../domain/invitation.js';
import type { Consent, Io } from './io.js';

/** More names than that would push the question off the screen. `--dry-run` lists all. */
const MAX_NAMES = 20;

/** Lists the recipients and asks. `--yes` answers yes, `--dry-run` lists them all and answers no. */
export function confirmSending(
  io: Io,
  recipients: readonly Invitee[],
  given: Consent,
): Promise<boolean> {
  sayRecipients(io, recipients, given.dryRun === true ? Infinity : MAX_NAMES);
  const what = sendingInWords(recipients);
  const would = recipients.length === 0 ? 'No challenge would be sent' : `Would send ${what}`;
  return io.confirm(`Send ${what}?`, given, `${would}. Nothing was changed.`);
}

/** Says what became of candidates who were in the stages already: left as they are, or invited. */
export function sayExisting(io: Io, { recipients, left }: Effect): void {
  for (const [stageName, people] of left)
    if (people > 0) io.out(`Already in “${stageName}”, and left as they are: ${people}`);
  if (recipients.length > 0) io.out(`✓ being invited: ${sendingInWords(recipients)}`);
}

/**
 * Who would get a challenge once a rule is removed, or after `resume`. Undefined, once the reason is said, if a vendor
 * can't be asked now.
 */
export async function tryEffect(
  io: Io,
  app: App,
  change: { removed?: string } = {},
): Promise<Effect | undefined> {
  const { findEffect } = await import('../../admin/preview.js');
  try {
    return await findEffect(app, { ...change, onProgress: onPeople(io) });
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof AppError)) throw error;
    io.say(`Who would get a challenge isn’t known now. ${messageOf(error)}`);
    return undefined;
  }
}

/** Returns what shows, while the stages are read, how many candidates were found so far. */
export function onPeople(io: Io): (people: number) => void {
  return (people) => io.progress(`${people} candidates in the stages …`);
}

/** Names each candidate with their challenge, up to a limit, and then how many more there are. */
export function sayRecipients(io: Io, recipients: readonly Invitee[], limit = MAX_NAMES): void {
  for (const { candidate, opportunityId, challenge, why } of recipients.slice(0, limit)) {
    io.say(`  ${candidate ?? opportunityId}: ${challenge}${why === undefined ? '' : ` (${why})`}`);
  }
  const rest = recipients.length - limit;
  if (rest > 0) io.say(`  and ${rest} more`);
}

/** Who gets what, by challenge: `Backend API to 20 candidates, Frontend React to Ada Example`. */
export function sendingInWords(recipients: readonly Invitee[]): string {
  const byChallenge = new Map<string, Invitee[]>();
  for (const one of recipients) {
    byChallenge.set(one.challenge, [...(byChallenge.get(one.challenge) ?? []), one]);
  }
  const parts = [...byChallenge].map(([challenge, to]) => {
    const [one] = to;
    // One by name, several by their number.
    const name = to.length === 1 ? (one?.candidate ?? one?.opportunityId) : undefined;
    return `${challenge} to ${name ?? `${to.length} candidates`}`;
  });
  return parts.join(', ');
}
