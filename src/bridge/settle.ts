/** Settles what became of an invitation, and all that follows: its line in the timeline, its updates to Lever. */
import { SECOND_MS } from '../domain/clock.js';
import type { SentChallenge } from '../domain/vendor-ports.js';
import { isSameLink } from '../domain/vendor-text.js';
import type { Tx } from '../store/database/database.js';
import { toStorageError } from '../store/database/storage-error.js';
import type { Bridge } from './bridge.js';
import { hint } from '../store/candidates.js';
import { recordAttempt } from '../store/events.js';
import { findByVendorId, isOurs, linkOf, listUnnamedLike } from '../store/invitation-queries.js';
import {
  type InvitationRow,
  cancel,
  forgetIntent,
  nameSent,
  queueForDecision,
  sealLink,
  settleInvited,
} from '../store/invitations.js';
import type { ListedChallenge } from '../store/sent-list-store.js';
import { whenCreated } from '../codesubmit/what-list-proves.js';
import { showInvited } from './lever-updates.js';

/** What we store from CodeSubmit's reply or row. */
type SentState = Pick<SentChallenge, 'id' | 'link' | 'status'>;

/** The detail of an invitation for which CodeSubmit returned what it had already. */
export const RETURNED_EXISTING = 'vendor_returned_existing';

/** How long an outcome may take to show in CodeSubmit's list, in ms. */
export function listLagMs({ currentSettings }: Pick<Bridge, 'currentSettings'>): number {
  return currentSettings().settleSeconds * SECOND_MS;
}

/** What is recorded of an invitation that CodeSubmit has. */
interface Settling {
  now: number;
  /** When it was sent, by Lever's time: the intent's, if there was one. */
  wentAt?: number | null;
  /** How CodeSubmit came to have it, unless by this intent. */
  detail?: string | null;
  /** When CodeSubmit accepted this intent, by its clock. */
  acceptedAt?: number | null;
}

/**
 * CodeSubmit has the invitation. A reply whose id another row has already means that CodeSubmit returned that one, so
 * its link is shared.
 */
export function recordInvited(
  tx: Tx,
  bridge: Bridge,
  row: InvitationRow,
  sent: SentState,
  { now, wentAt = row.went_at, detail: knownDetail = null, acceptedAt = null }: Settling,
): void {
  // Rows can share an id: CodeSubmit answered two of our requests with one invitation.
  const existing = findOther(bridge, row, sent.id);
  const link = sent.link ?? (existing ? linkOf(bridge.sealer, existing) : null);
  const detail = existing ? RETURNED_EXISTING : knownDetail;
  settleInvited(tx, row, now, {
    vendor_id: sent.id,
    status_number: sent.status,
    ...sealLink(bridge.sealer, row, link),
    detail,
    // Only what this intent made can be a witness.
    accepted_at: detail === null ? acceptedAt : null,
    went_at: wentAt,
  });
  showInvited(tx, bridge, row.id, now);
}

/** CodeSubmit already has it, by the row `sent`: records that row as the invitation's, and sends nothing. */
export function adopt(
  tx: Tx,
  bridge: Bridge,
  row: InvitationRow,
  sent: SentState,
  at: Pick<Settling, 'now' | 'wentAt'>,
): void {
  recordInvited(tx, bridge, row, sent, { ...at, detail: 'adopted' });
  recordAttempt(tx, row.id, { outcome: 'adopted', detail: null }, at.now);
}

/**
 * Adds the id or link that CodeSubmit's list shows of a sent invitation, and that its answer lacked. Without an id, an
 * admin said that it was sent, and may have added its link in Lever too.
 */
export function addIdAndLink(
  tx: Tx,
  bridge: Bridge,
  row: InvitationRow,
  { id, link }: Pick<SentState, 'id' | 'link'>,
  now: number,
): void {
  // The copy of the list stores no links of rows that are ours, so a shared row's link comes from our other invitation.
  const other = findOther(bridge, row, id);
  const shown = link ?? (other ? linkOf(bridge.sealer, other) : null);
  const { sealed_link, link_hash } =
    row.sealed_link === null ? sealLink(bridge.sealer, row, shown) : row;
  // It had no id: it was found in the list, like an invitation sent manually.
  const detail = row.vendor_id === null ? 'adopted' : row.detail;
  nameSent(tx, row.id, { vendor_id: id, sealed_link, link_hash, detail });
  showInvited(tx, bridge, row.id, now);
}

/** Another invitation of ours that has this id at CodeSubmit. */
function findOther(
  { database }: Bridge,
  row: InvitationRow,
  vendorId: SentState['id'],
): InvitationRow | undefined {
  return vendorId === null ? undefined : findByVendorId(database, vendorId, row.id);
}

/** An admin found it in CodeSubmit, with or without its link. */
export function settleSentByHand(
  tx: Tx,
  bridge: Bridge,
  row: InvitationRow,
  link: string | null,
  now: number,
): void {
  recordInvited(tx, bridge, row, { id: null, link, status: null }, { now });
  recordAttempt(tx, row.id, { outcome: 'settled_sent', detail: null }, now);
}

/** An admin found that CodeSubmit never had it; it is sent after a new decision. */
export function settleNotSentByHand(tx: Tx, row: InvitationRow, now: number): void {
  queueForDecision(tx, row.id, now);
  // The admin says that it had no effect, so no row can be from it.
  forgetIntent(tx, row.id);
  recordAttempt(tx, row.id, { outcome: 'settled_not_sent', detail: null }, now);
}

/**
 * Queues a failed invitation again, for a new decision. False if the visit or person was promised a challenge another
 * way: then it is cancelled. The database's constraints define what may be promised twice.
 */
export function queueFailedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
  let isQueued = true;
  try {
    queueForDecision(tx, row.id, now);
  } catch (error) {
    if (toStorageError(error).code !== 'conflict') throw error;
    isQueued = false;
    cancel(tx, row.id, 'failed', 'already_invited');
  }
  // A read that is under way may be older than what the admin corrected: one that begins after it decides, too.
  hint(tx, row.opportunity_id, now);
  recordAttempt(tx, row.id, { outcome: 'retried', detail: null }, now);
  return isQueued;
}

interface Possible {
  /** Rows of the same address and challenge, none of them known to be ours. */
  rows: ListedChallenge[];
  /**
   * When our other invitations of this address and challenge whose rows aren't known were first sent; epoch ms by
   * CodeSubmit's clock.
   */
  otherIntents: number[];
}

/** Rows of CodeSubmit's list that this invitation may have made, and when others of ours may have made them. */
export function findPossibleRows({ database, sealer, list }: Bridge, row: InvitationRow): Possible {
  const others = listUnnamedLike(database, row).map((one) => ({
    // Never null: only invitations with an intent are listed.
    intentAt: one.intent_at_vendor ?? 0,
    link: linkOf(sealer, one),
  }));
  // An invitation that an admin settled as sent may have no id yet, only the link that the admin gave.
  const hasLinkOfOther = ({ link }: ListedChallenge): boolean =>
    link !== null && others.some((one) => one.link !== null && isSameLink(one.link, link));
  return {
    // `findEqual` alone would also return rows that other invitations of ours are known to have made.
    rows: list
      .findEqual([row.email_hash], row.challenge_id)
      .filter((one) => !isOurs(database, one.id) && !hasLinkOfOther(one)),
    // One with a link is found by that link, so it claims no other row.
    otherIntents: others.filter(({ link }) => link === null).map(({ intentAt }) => intentAt),
  };
}

/**
 * Rows of CodeSubmit's list that may be this invitation, which an admin settled as sent. If the admin gave a link, it's
 * the row with that link. Otherwise a row counts if only this invitation can have made it: created after its own
 * intent, and before the intents of all others like it.
 *
 * If all rows of this address and challenge are known to be ours, none is left for it. Then CodeSubmit returned one of
 * them to `send --again`, so those rows count, and the link is shared.
 */
export function findRowsOfSettled(bridge: Bridge, row: InvitationRow): ListedChallenge[] {
  const { rows, otherIntents } = findPossibleRows(bridge, row);
  const given = linkOf(bridge.sealer, row) ?? '';
  const withGivenLink = rows.find(({ link }) => link !== null && isSameLink(link, given));
  if (withGivenLink) return [withGivenLink];
  const mayFollow = (one: ListedChallenge, intentAt: number): boolean =>
    whenCreated(one, intentAt) !== 'before';
  // Its own intent is never null: an admin settles only what had one.
  const isOnlyOurs = (one: ListedChallenge): boolean =>
    mayFollow(one, row.intent_at_vendor ?? 0) && !otherIntents.some((at) => mayFollow(one, at));
  if (rows.length > 0) return rows.filter(isOnlyOurs);
  return bridge.list.findEqual([row.email_hash], row.challenge_id).filter(isOnlyOurs);
}
