/**
 * Signs in CodeSubmit's list that someone else may already have sent a candidate a challenge.
 *
 * A decision asks in its write. By the time of sending the copy of the list may be newer, so sending asks again. What
 * it finds then goes back to a new decision.
 */
import { samePersonForm } from '../domain/addressee.js';
import type { ChallengeId } from '../domain/ids.js';
import type { Visit } from '../domain/opportunity.js';
import { whenCreated } from '../codesubmit/what-list-proves.js';
import { findByVendorId, hashEmails, isOurs, isOursUnnamed } from '../store/invitation-queries.js';
import { evidenceOf, wasProvedAbsent, type InvitationRow } from '../store/invitations.js';
import { listApprovals, reuseMsOf } from '../store/rule-store.js';
import type { ListedChallenge } from '../store/sent-list-store.js';
import type { Bridge, Recipient } from './bridge.js';

/** All addresses of a candidate's profile in Lever. */
type Profile = Pick<Recipient, 'emails'>;

/** The challenge that a candidate is to get. */
interface Wanted {
  challengeId: ChallengeId;
  /** One that was sent so long ago or longer doesn't count. */
  reuseMs: number;
}

/** The invitation's challenge, with the reuse days of its rule, or the default if it has none. */
export function wantedOf({ database }: Bridge, row: InvitationRow): Wanted {
  return { challengeId: row.challenge_id, reuseMs: reuseMsOf(database, row.rule_id) };
}

/**
 * Whether challenges may be sent by the copy of the list: its rows say who was sent what, or the admin accepts the risk
 * that they don't. Null before there is a copy.
 */
export function isListUsable({ list, currentSettings }: Bridge): boolean | null {
  const { copy } = list.state();
  if (copy === null) return null;
  return list.isRecognised(copy) || currentSettings().unreadableList === 'send';
}

/**
 * Whether a candidate with these addresses waits for approval: CodeSubmit lists the challenge for a similar address,
 * and no one has approved that for this visit.
 */
export function isHeldAsSimilar(
  bridge: Bridge,
  visit: Visit,
  profile: Profile,
  wanted: Wanted,
): boolean {
  if (!isSimilarSent(bridge, profile, wanted)) return false;
  return !listApprovals(bridge.database, visit).some(
    (one) => one.challengeId === wanted.challengeId && one.reason === 'similar_address',
  );
}

/**
 * Whether someone else sent the challenge to a similar address, and to none of these. A row of one of these addresses
 * is adopted at sending instead, so it puts no one on hold; but if it can't be told which challenge it is of, it counts
 * as similar.
 */
export function isSimilarSent(bridge: Bridge, { emails }: Profile, wanted: Wanted): boolean {
  const { database, sealer, list } = bridge;
  const addresses = hashEmails(sealer, emails);
  if (findManual(bridge, addresses, wanted)) return false;
  // The forms that similar addresses share: without plus-part, and at Gmail without dots.
  const persons = hashEmails(sealer, emails.map(samePersonForm));
  // Rows of similar addresses with this challenge, and of these addresses whose challenge is unclear. One may be of
  // another contact whom we sent the challenge to, without having learnt the row's id (`isOursUnnamed`).
  return list
    .findOfPerson(persons, addresses, wanted.challengeId)
    .some((row) => isManual(bridge, row, wanted) && !isOursUnnamed(database, row));
}

/**
 * The row of CodeSubmit's list that makes sending this invitation needless: sent manually to one of the candidate's
 * addresses, or by us to the same person through another opportunity, within the reuse days. For a repetition, only the
 * row that an earlier attempt of its own made.
 */
export function findAlreadySent(bridge: Bridge, row: InvitationRow): ListedChallenge | undefined {
  const addresses = addressesOf(row);
  // An admin wants a repetition in spite of what was sent before.
  if (row.repetition > 0) return findRepeated(bridge, row, addresses);
  const wanted = wantedOf(bridge, row);
  const now = bridge.list.vendorTime(bridge.clock.now());
  return (
    findManual(bridge, addresses, wanted) ??
    // A row of another opportunity of the same person that no decision counted: its person was forgotten, or CodeSubmit
    // listed it under another address of the profile.
    bridge.list.findEqual(addresses, row.challenge_id).find((one) => {
      const owner = findByVendorId(bridge.database, one.id, row.id);
      if (!owner || owner.opportunity_id === row.opportunity_id) return false;
      // From when we sent it, since the row may show no date; by CodeSubmit's clock, since ours may be wrong. An unknown
      // time counts as within.
      const sentAt = owner.intent_at_vendor ?? owner.went_at ?? Infinity;
      return sentAt > now - wanted.reuseMs;
    })
  );
}

/**
 * The row that an earlier attempt at this repetition (`send --again`) made. Rows from before its first intent don't
 * count: the admin knew that something had been sent.
 */
function findRepeated(
  { database, list }: Bridge,
  row: InvitationRow,
  addresses: readonly Buffer[],
): ListedChallenge | undefined {
  const { challenge_id, intent_at_vendor: intentAt } = row;
  // Only an attempt whose absence was proven may still have made a row: any other queued again had no effect.
  if (!wasProvedAbsent(row) || intentAt === null) return undefined;
  return list
    .findEqual(addresses, challenge_id)
    .find((one) => !isOurs(database, one.id) && whenCreated(one, intentAt) !== 'before');
}

/** The row that someone sent manually to one of the addresses, within the reuse days. */
function findManual(
  bridge: Bridge,
  addresses: readonly Buffer[],
  wanted: Wanted,
): ListedChallenge | undefined {
  return bridge.list
    .findEqual(addresses, wanted.challengeId)
    .find((row) => isManual(bridge, row, wanted));
}

/**
 * Whether the row counts as sent manually within the reuse days, in which a person gets a challenge only once: it isn't
 * known to be ours, and may have been created in that time. One without a date counts.
 */
function isManual(bridge: Bridge, { id, created }: ListedChallenge, { reuseMs }: Wanted): boolean {
  if (isOurs(bridge.database, id)) return false;
  // The time of the last reading, by CodeSubmit's clock like the dates of its rows. Without a copy there are no rows.
  const now = bridge.list.state().copy?.vendorAt ?? 0;
  return created === null || created.until > now - reuseMs;
}

/**
 * Hashes of the invitation's addresses: first the one that the challenge goes to, then the others that the profile had
 * when it was queued.
 */
function addressesOf(row: InvitationRow): Buffer[] {
  const all = evidenceOf(row).addresses?.map((hex) => Buffer.from(hex, 'hex')) ?? [];
  return [row.email_hash, ...all.filter((hash) => !hash.equals(row.email_hash))];
}
