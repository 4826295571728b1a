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
import type { Database, Reader, Tx } from '../store/database/database.js';
import { eraseInvitations, markErased, type InvitationRow } from '../store/invitations.js';
import { eraseEvents } from '../store/events.js';
import { eraseCandidate, markForgotten } from '../store/candidates.js';
import { listGone, listKept, listNotDeleted, listUnseen } from '../store/erasable.js';
import { listInvitationsOf } from '../store/invitation-queries.js';
import { dropOpenWritebacks, isWritingFor } from '../store/writebacks.js';
import type { Bridge } from './bridge.js';
import { requestLooks } from './look.js';

/** Work in progress needs the address or the link, so erasing has to wait. */
export type Busy = { kind: 'invitation'; invitation: InvitationRow } | { kind: 'writeback' };

export function findBusy(db: Reader, id: OpportunityId): Busy | undefined {
  const invitation = listInvitationsOf(db, id).find(
    ({ state }) => state === 'sending' || state === 'uncertain',
  );
  if (invitation) return { kind: 'invitation', invitation };
  return isWritingFor(db, id) ? { kind: 'writeback' } : undefined;
}

/**
 * Erases name, address, link and the text of tags of one opportunity. When a challenge is due to them again, a read of
 * Lever brings them back. Drops unsent challenges and pending updates to Lever. None of them may be in progress.
 */
function erasePerson(tx: Tx, id: OpportunityId, now: number): void {
  eraseInvitations(tx, id);
  eraseEvents(tx, id);
  dropOpenWritebacks(tx, id);
  eraseCandidate(tx, id, now);
}

/**
 * Erases, and sends nothing for visits that began by `until` (Lever's time). Null stands for the visit that the next
 * read shows.
 */
export function forgetPerson(tx: Tx, id: OpportunityId, now: number, until: number | null): void {
  erasePerson(tx, id, now);
  markErased(tx, id);
  markForgotten(tx, id, now, until);
}

/** How many candidates are erased in one write. */
const PAGE = 200;

/** Erases candidates whom Lever no longer has, or hid for a week. Returns how many. */
export async function eraseGone(bridge: Bridge): Promise<number> {
  const { database, clock } = bridge;
  let erased = 0;
  while (listGone(database, 1).length > 0) {
    erased += await database.write((tx) => {
      const ids = listGone(tx, PAGE);
      for (const id of ids) erasePerson(tx, id, clock.now());
      return ids.length;
    });
  }
  return erased;
}

/** Erases candidates whose last event is before that time. One page per write, so nothing else waits. Returns how many. */
export async function erasePast(
  bridge: Bridge,
  before: number,
  isStopped: () => boolean,
): Promise<number> {
  const { database, clock } = bridge;
  let erased = 0;
  let after: string | undefined = '';
  while (after !== undefined && !isStopped()) {
    const page = listKept(database, { before, after, limit: PAGE });
    const past = page.filter(({ is_past: isPast }) => isPast === 1).map(({ id }) => id);
    await database.write((tx) => {
      for (const id of past) erasePerson(tx, id, clock.now());
    });
    erased += past.length;
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  }
  return erased;
}

/** Rewriting a bigger file would delay webhooks by seconds. */
const MAX_SCRUBBED_BYTES = 100 * 1024 * 1024;

/** Erased data may remain in unused parts of the file. */
export function scrubErased(database: Database): void {
  if (database.sizeInBytes() <= MAX_SCRUBBED_BYTES) database.scrub();
}

/** Deleted candidates are listed again the next day, because a read may still have shown them. */
const MARGIN_MS = DAY_MS + HOUR_MS;
/** How many known ids to look at if Lever doesn't list deleted ones: under two minutes of its rate limit. */
const MOST_LOOKS = 1_000;
const UNSEEN_MS = 7 * DAY_MS;

/** Queues looks at candidates whom Lever lists as deleted. Without the right to list them: at some unseen for a week. */
export async function lookForDeleted(bridge: Bridge, lever: DeletionReader): Promise<void> {
  const { database, integration, clock, log } = bridge;
  const { deleted_listed_at: listedAt, set_up_at: setUpAt } = integration.read();
  // The first listing goes back to setup: no candidate was known before.
  const list = await lever.listDeleted((listedAt ?? setUpAt ?? clock.now()) - MARGIN_MS);
  // Null: this key may not list deleted opportunities.
  if (list === null) {
    await requestLooks(bridge, listUnseen(database, clock.now() - UNSEEN_MS, MOST_LOOKS));
    return;
  }
  const known = listNotDeleted(database, list.ids);
  await requestLooks(bridge, known, { isDeletionAnnounced: true, isReadAlone: true }, (tx) => {
    integration.recordDeletedListed(tx, timeOfRead(list.leverNow, clock.now()));
  });
  if (known.length > 0) log.info({ found: known.length }, 'listed as deleted in Lever');
}
