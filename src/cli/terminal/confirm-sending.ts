/** The question before challenges are sent: who gets which one, how many, and whether to go on. And what follows. */
import type { App } from '../../admin/app.js';
import type { Change, DryRunSource, Effect } from '../../admin/preview.js';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import { count, groupBy } from '../../domain/format.js';
import type { Invitee } from '../../domain/invitation.js';
import { isServing } from '../../store/database/file-lock.js';
import type { Consent, Io } from './io.js';

/** More names than that would push the question off the screen. `--dry-run` lists all. */
const MAX_NAMES = 20;

/**
 * Lists who would get a challenge, and returns whether to send it: asks, unless that is no one. `--yes` answers yes,
 * `--dry-run` lists them all and answers no. `recipients`: undefined if they aren't known.
 */
export async function confirmSending(
  io: Io,
  recipients: readonly Invitee[] | undefined,
  given: Consent,
): Promise<boolean> {
  if (recipients?.length === 0 && given.dryRun !== true) return true;
  sayRecipients(io, recipients, given.dryRun === true ? Infinity : MAX_NAMES);
  const what = sendingInWords(recipients);
  const would = recipients?.length === 0 ? 'No challenge would be sent' : `Would send ${what}`;
  return io.confirm(`Send ${what}?`, given, `${would}. Nothing was changed.`);
}

/** Says what became of candidates who were in the stages already: left as they are, or to be invited. Nothing if unknown. */
export function sayExisting(io: Io, effect: Effect | undefined): void {
  if (!effect) return;
  const { recipients, left } = effect;
  for (const [stageName, n] of left)
    if (n > 0) io.out(`Already in “${stageName}”, and left as they are: ${n}`);
  if (recipients.length > 0) io.out(`✓ to be invited: ${sendingInWords(recipients)}`);
}

/** A sentence about what happens next: the daemon acts on the change, unless something keeps it from that. */
export function whatFollows(app: App): string {
  const state = app.integration.state();
  if (state === 'paused') return 'No challenge is sent until you run: codesubmit-lever resume';
  if (state === 'needs_reauth')
    return 'It waits until Lever and CodeSubmit accept us again; see `codesubmit-lever status`.';
  return isServing(app.home)
    ? 'The daemon acts on it now.'
    : 'No daemon is running: `codesubmit-lever serve` will act on it.';
}

/**
 * Who would get a challenge because of the change; without one, after `resume`. Undefined, once the reason is said, if it
 * can't be known now.
 */
export async function tryEffect(io: Io, source: DryRunSource, change: Change = {}) {
  const { findEffect } = await import('../../admin/preview.js');
  return ifKnown(io, () => findEffect(source, { ...change, onProgress: onPeople(io) }));
}

/**
 * What `find` returns about who would get a challenge. Undefined, once the reason is said, if a vendor or the
 * configuration doesn't allow it now.
 */
export async function ifKnown<T>(io: Io, find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof AppError)) throw error;
    io.say(`Who would get a challenge isn’t known now. ${messageOf(error)}`);
    return undefined;
  }
}

/** Returns a function that shows, while the stages are read, how many candidates were found so far. */
export function onPeople(io: Io): (people: number) => void {
  return (people) => io.progress(`${count(people, 'candidate')} in the stages …`);
}

/** Names each candidate with their challenge, up to a limit, and then how many more there are. */
export function sayRecipients(
  io: Io,
  recipients: readonly Invitee[] = [],
  limit = MAX_NAMES,
): void {
  for (const { candidate, opportunityId, challenge, why } of recipients.slice(0, limit)) {
    io.say(`  ${candidate ?? opportunityId}: ${challenge}${why === undefined ? '' : ` (${why})`}`);
  }
  const rest = recipients.length - limit;
  if (rest > 0) io.say(`  and ${rest} more`);
}

/** Who gets what, by challenge, if known: `Backend API to 20 candidates, Frontend React to Ada Example`. */
export function sendingInWords(recipients: readonly Invitee[] | undefined): string {
  if (!recipients) return 'a challenge to an unknown number of candidates';
  const byChallenge = groupBy(recipients, ({ challenge }) => challenge);
  const parts = [...byChallenge].map(([challenge, to]) => {
    const [one] = to;
    // One by name, several by their number.
    const name = to.length === 1 ? (one?.candidate ?? one?.opportunityId) : undefined;
    return `${challenge} to ${name ?? `${to.length} candidates`}`;
  });
  return parts.join(', ');
}
