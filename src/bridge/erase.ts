/**
 * Erases personal data: of candidates gone from Lever soon, of others after the retention days. Ids and keyed hashes
 * stay, so “once” still holds.
 *
 * `candidates.erased_at` keeps a sweep from storing the name again until a challenge is due. `forgotten_until` is
 * Lever's time: decisions ignore visits that began until then. While it is null, the next read says which visit that
 * is. A later visit with a challenge due ends both.
 */
import { DAY_MS, HOUR_MS, timeOfRead } from '../domain/clock.js';
import type { OpportunityId } from '../domain/ids.js';
import type { DeletionReader } from '../lever/lever-client.js';
import { eraseCandidate, markForgotten } from '../store/candidates.js';
import type { Database, Tx } from '../store/database/database.js';
import { listGone, listNotErased, listNotKnownDeleted, listUnseen } from '../store/erasure.js';
import { eraseEvents } from '../store/events.js';
import { eraseInvitations, markSentAsForgotten } from '../store/invitations.js';
import { dropOpenWritebacks } from '../store/writebacks.js';
import type { Bridge } from './bridge.js';
import { requestLooks } from './look.js';

/**
 * Erases name, address, link and the text of tags of one opportunity. When a challenge is due to them again, a read of
 * Lever brings them back. Drops unsent challenges and pending updates to Lever. The caller makes sure that nothing of
 * the opportunity is being sent, is uncertain, or is being written to Lever.
 */
function erasePerson(tx: Tx, id: OpportunityId, now: number): void {
  eraseInvitations(tx, id);
  eraseEvents(tx, id);
  dropOpenWritebacks(tx, id);
  eraseCandidate(tx, id, now);
}

/**
 * Erases one opportunity because an admin forgets the candidate: nothing more is sent for visits that began by `until`
 * (Lever's time). Null, when Lever can't be asked now, stands for the visit that the next read shows.
 */
export function forgetPerson(tx: Tx, id: OpportunityId, now: number, until: number | null): void {
  erasePerson(tx, id, now);
  // What was sent counts as forgotten: its link can't be shared any more, and an admin must approve another sending.
  markSentAsForgotten(tx, id);
  markForgotten(tx, id, now, until);
}

/** How many candidates are erased in one write. */
const ERASED_PER_WRITE = 200;

/**
 * Erases candidates whom Lever no longer has, or hid for a week, a few hundred per write. `onErased` is called with how
 * many each write erased: a later one may fail.
 */
export async function eraseGone(
  { database, clock }: Bridge,
  onErased: (count: number) => void,
): Promise<void> {
  while (listGone(database, 1).length > 0) {
    const erased = await database.write((tx) => {
      const ids = listGone(tx, ERASED_PER_WRITE);
      for (const id of ids) erasePerson(tx, id, clock.now());
      return ids.length;
    });
    onErased(erased);
  }
}

/**
 * Erases candidates for whom nothing is planned or in progress, and whose last event is before that time (epoch ms).
 * One page per write, so nothing else waits; ends early once `isStopped` says so. `onErased` as in `eraseGone`.
 */
export async function erasePast(
  { database, clock }: Bridge,
  before: number,
  isStopped: () => boolean,
  onErased: (count: number) => void,
): Promise<void> {
  // Pages follow the ids: each begins after the last id of the one before. Undefined: no more pages.
  let after: string | undefined = '';
  while (after !== undefined && !isStopped()) {
    const from: string = after;
    const page = await database.write((tx) => {
      const notErased = listNotErased(tx, from, before, ERASED_PER_WRITE);
      // `isPast`: 1 if nothing is planned or in progress, and the last event is before that time.
      for (const { id, isPast } of notErased) if (isPast === 1) erasePerson(tx, id, clock.now());
      return notErased;
    });
    onErased(page.filter(({ isPast }) => isPast === 1).length);
    after = page.length < ERASED_PER_WRITE ? undefined : page.at(-1)?.id;
  }
}

/** Scrubbing rewrites the whole file: with a bigger one, webhooks would wait for seconds. */
const MAX_SCRUBBED_BYTES = 100 * 1024 * 1024;

/**
 * Removes erased data from unused parts of the database's file, where it may remain. A file larger than
 * `MAX_SCRUBBED_BYTES` isn't scrubbed, because everything would wait too long for it.
 */
export function scrubErased(database: Database): void {
  if (database.sizeInBytes() <= MAX_SCRUBBED_BYTES) database.scrub();
}

/** Each listing overlaps the last one by so much: a candidate deleted then may still have been read as present. */
const LISTED_AGAIN_MS = DAY_MS + HOUR_MS;
/** How many candidates to look at if we may not list deleted ones. Lever's rate allows that in under two minutes. */
const MOST_LOOKS = 1_000;
/** A candidate whom no read has shown for so long may be deleted in Lever. */
const LONG_UNSEEN_MS = 7 * DAY_MS;

/**
 * Queues looks at candidates whom Lever lists as deleted. Without the right to list them: at some unseen for a week.
 */
export async function lookForDeleted(bridge: Bridge, lever: DeletionReader): Promise<void> {
  const { database, integration, clock, log } = bridge;
  const { deleted_listed_at: listedAt, set_up_at: setUpAt } = integration.read();
  // The first listing goes back to setup: no candidate was known before.
  const listed = await lever.listDeleted((listedAt ?? setUpAt ?? clock.now()) - LISTED_AGAIN_MS);
  // Null: this key may not list deleted opportunities.
  if (listed === null) {
    const unseen = listUnseen(database, clock.now() - LONG_UNSEEN_MS, MOST_LOOKS);
    await requestLooks(bridge, unseen);
    return;
  }
  // Those that are candidates here, and whose deletion isn't recorded yet.
  const known = listNotKnownDeleted(database, listed.ids);
  // As announced: then a 404 to the look proves the deletion.
  await requestLooks(bridge, known, { is_deletion_announced: 1, is_read_alone: 1 }, (tx) => {
    integration.record(tx, 'deleted_listed', timeOfRead(listed.leverNow, clock.now()));
  });
  if (known.length > 0) log.info({ found: known.length }, 'listed as deleted in Lever');
}
