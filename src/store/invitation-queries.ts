/** Queries of invitations: what a step has to do next, and what was promised to whom. */
import { CLOCK_ALLOWANCE_MS } from '../domain/challenges.js';
import { DAY_MS } from '../domain/clock.js';
import type { PersonPromise } from '../domain/decide/decide.js';
import type {
  ChallengeId,
  InvitationId,
  OpportunityId,
  RuleId,
  VendorInvitationId,
} from '../domain/ids.js';
import { FINAL_PROGRESS, type Progress, PROMISED_STATES } from '../domain/invitation.js';
import type { Opportunity } from '../domain/opportunity.js';
import { countRows, type Database, getRow, listIds, type Reader } from './database/database.js';
import type { Sealer } from './home/sealer.js';
import {
  type InvitationRow,
  WAS_PROVED_ABSENT,
  linkPlace,
  type PromiseKey,
} from './invitations.js';
import type { ListedChallenge, SentListState } from './sent-list-store.js';

/** An invitation of ours that CodeSubmit accepted. */
export interface AcceptedInvitation extends Pick<InvitationRow, 'challenge_id' | 'email_hash'> {
  vendor_id: VendorInvitationId;
  accepted_at: number;
}

/** A candidate to compare with those who were promised something. */
export type Person = Pick<Opportunity, 'id' | 'contactId' | 'emails' | 'links'>;

/** A promise as SQL returns it: 0 or 1 for a boolean, and without what each query finds by. */
type PromiseRow = Omit<PersonPromise, 'isSameContact' | 'isForgotten'> & { isForgotten: number };

/** How many links of a profile can be looked up in a turn of the event loop. Of more, the last count. */
const MOST_LINKS = 200;

/**
 * SQL, for a candidate: a delivery announced a move, an archiving or a deletion that no read has shown yet. Until one
 * does, or Lever has had its time to, nothing is sent to them.
 */
const IS_ANNOUNCED =
  '(announced_stage_id IS NOT NULL OR announced_archived IS NOT NULL OR is_deletion_announced = 1)';

/** Words as a list of SQL texts, to stand after IN. */
const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
const IS_PROMISED = `state IN (${quoted(PROMISED_STATES)})`;
/** SQL, for an invitation: CodeSubmit gave its link to others, too. It is the company's or challenge's, and names no one. */
const IS_LINK_SHARED = `EXISTS (SELECT 1 FROM invitations AS other
  WHERE other.link_hash = invitations.link_hash AND other.vendor_id <> invitations.vendor_id
    AND other.email_hash <> invitations.email_hash
    AND other.opportunity_id <> invitations.opportunity_id)`;
/** Sent, not erased, and not final. */
const IS_FOLLOWED = `state IN ('invited', 'linked') AND progress_at IS NOT NULL
  AND progress NOT IN (${quoted(FINAL_PROGRESS)})`;

/**
 * The last news, or the due date if that is later: only a reading after it shows that the work is overdue. The index
 * `invitations_followed_from` is of this very expression.
 */
const FOLLOWED_FROM = 'max(progress_at, coalesce(deadline_at, 0))';

/**
 * `countsFrom`: since when the reuse days count; null for one that still waits, which counts in any case. `isForgotten`:
 * an admin has forgotten the candidate who got it (`markSentAsForgotten`).
 */
const SELECT_PROMISES = `SELECT id AS invitationId, challenge_id AS challengeId,
  iif(state = 'queued', NULL, went_at) AS countsFrom, reason IS 'erased' AS isForgotten FROM invitations`;

/** The first invitation that meets the SQL condition; undefined if none does. `values`: of its placeholders. */
function findWhere(db: Reader, condition: string, ...values: unknown[]): InvitationRow | undefined {
  return db.get(`SELECT * FROM invitations WHERE ${condition}`, ...values);
}

/** All invitations that meet the SQL condition. `values`: of its placeholders. */
function listWhere(db: Reader, condition: string, ...values: unknown[]): InvitationRow[] {
  return db.all(`SELECT * FROM invitations WHERE ${condition}`, ...values);
}

/** The invitation with our number; undefined if there is none. */
export function findInvitation(db: Reader, id: InvitationId): InvitationRow | undefined {
  return findWhere(db, 'id = ?', id);
}

/** All invitations that were promised to this very opportunity, in whatever state. */
export function listInvitationsOf(db: Reader, opportunityId: OpportunityId): InvitationRow[] {
  return listWhere(db, 'opportunity_id = ?', opportunityId);
}

/** The one row of this promise, in whatever state; undefined before it was promised. */
export function findByPromiseKey(db: Reader, key: PromiseKey): InvitationRow | undefined {
  return findWhere(
    db,
    'opportunity_id = :opportunity_id AND challenge_id = :challenge_id AND repetition = :repetition',
    key,
  );
}

/**
 * What was promised to the same person through other opportunities: to the same contact, or to anyone whose profile had
 * one of the same addresses when it was promised. Links belong to the contact, and Lever merges contacts. So a profile
 * that shows the link of a promise is the same person, whatever address is left, unless others have that link too.
 */
export function listPromisesToPerson(db: Reader, sealer: Sealer, person: Person): PersonPromise[] {
  const { id, contactId, emails, links } = person;
  // Those of the invitations that count as promised, and meet the SQL condition.
  const promises = (isSameContact: boolean, condition: string, ...values: unknown[]) =>
    db
      .all<PromiseRow>(`${SELECT_PROMISES} WHERE ${condition} AND ${IS_PROMISED}`, ...values)
      .map((row) => ({ ...row, isSameContact, isForgotten: row.isForgotten === 1 }));
  // The promise keeps the contact it was made to. After a merge the opportunity's current contact is another: both count.
  // An unknown contact (null) equals none.
  const ofContact = `opportunity_id <> :id AND (contact_id = :contactId
    OR opportunity_id IN (SELECT id FROM candidates WHERE contact_id = :contactId))`;
  const byContact = promises(true, ofContact, { contactId, id });
  const ofLink = `link_hash = ? AND opportunity_id <> ? AND NOT ${IS_LINK_SHARED}`;
  const byLink = links
    .slice(-MOST_LINKS)
    .flatMap((link) => promises(true, ofLink, sealer.hashLink(link), id));
  const ofEmail = `opportunity_id <> :id AND (email_hash = :hash
    OR id IN (SELECT invitation_id FROM other_addresses WHERE email_hash = :hash))`;
  const hashes = hashEmails(sealer, emails);
  const byEmail = hashes.flatMap((hash) => promises(false, ofEmail, { hash, id }));
  return [...byContact, ...byLink, ...byEmail];
}

/** The opportunity's queued invitations that an admin requested with `send`, rather than a rule. */
export function listRequested(db: Reader, id: OpportunityId): InvitationRow[] {
  return listWhere(db, `opportunity_id = ? AND state = 'queued' AND origin = 'person'`, id);
}

/** The number of the next repetition: 1 for the first, as the challenge itself is 0. */
export function nextRepetition(
  db: Reader,
  opportunityId: OpportunityId,
  challengeId: ChallengeId,
): number {
  const sql = `SELECT coalesce(max(repetition), 0) + 1 AS next FROM invitations
    WHERE opportunity_id = ? AND challenge_id = ?`;
  return getRow<{ next: number }>(db, sql, opportunityId, challengeId).next;
}

/** The keyed hash of each address, in the same order. */
export function hashEmails(sealer: Sealer, emails: readonly string[]): Buffer[] {
  return emails.map((email) => sealer.hashEmail(email));
}

/** The keyed hash of each address as hex, as an invitation's `evidence` stores hashes. */
export function hexOfEmails(sealer: Sealer, emails: readonly string[]): string[] {
  return hashEmails(sealer, emails).map((hash) => hash.toString('hex'));
}

/** The row's link to the challenge; null where it isn't known, was erased, or can't be decrypted. */
export function linkOf(
  sealer: Sealer,
  row: PromiseKey & Pick<InvitationRow, 'sealed_link'>,
): string | null {
  return row.sealed_link && sealer.tryOpen(row.sealed_link, ...linkPlace(row));
}

/**
 * Queued invitations to send now, the longest due first. Those of a candidate wait while a delivery has announced a move,
 * an archiving or a deletion that no read has shown yet.
 */
export function listDueToSend(db: Reader, now: number, limit: number): InvitationRow[] {
  const condition = `state = 'queued' AND due_at <= ? AND NOT EXISTS (
    SELECT 1 FROM candidates WHERE candidates.id = invitations.opportunity_id AND ${IS_ANNOUNCED})`;
  return listWhere(db, `${condition} ORDER BY due_at, id LIMIT ?`, now, limit);
}

/** Invitations whose request may be on its way; right after a start, those that a dead process left. */
export function listSending(db: Reader): InvitationRow[] {
  return listWhere(db, `state = 'sending'`);
}

/**
 * Opportunities of queued invitations that may not be sent before a new decision (they have no `due_at`), the oldest
 * invitation's first. An opportunity may come twice.
 */
export function listAwaitingDecision(db: Reader, limit: number): OpportunityId[] {
  return listIds(
    db,
    `SELECT opportunity_id AS id FROM invitations
     WHERE state = 'queued' AND due_at IS NULL ORDER BY invitations.id LIMIT ?`,
    limit,
  );
}

/** Uncertain invitations to look up now in CodeSubmit's list, the longest due first. None left to a person is due. */
export function listDueLookups(db: Reader, now: number): InvitationRow[] {
  return listWhere(db, `state = 'uncertain' AND due_at <= ? ORDER BY due_at`, now);
}

/**
 * When progress was last new (epoch ms), of all invitations whose progress is still followed; undefined if no news or
 * due date is after `since`.
 */
export function findNewestProgress(db: Reader, since: number): number | undefined {
  // Usually the newest news is after `since`, and the last entry of its index. Only otherwise are due dates searched, by
  // an index that is named: without it, SQLite would search all news, from the last to the first.
  const sql = `SELECT coalesce(
    (SELECT max(progress_at) FROM invitations WHERE ${IS_FOLLOWED} AND progress_at > :since),
    (SELECT max(progress_at) FROM invitations INDEXED BY invitations_followed_from
       WHERE ${IS_FOLLOWED} AND ${FOLLOWED_FROM} > :since)) AS at`;
  return getRow<{ at: number | null }>(db, sql, { since }).at ?? undefined;
}

/**
 * Invitations still followed, with news or a due date after `since` (epoch ms). `hasVendorId`: those whose id at
 * CodeSubmit is known; false: those without, whose row in its list isn't known.
 */
export function listFollowed(db: Reader, since: number, hasVendorId: boolean): InvitationRow[] {
  const condition = `${IS_FOLLOWED} AND (vendor_id IS NOT NULL) = ? AND ${FOLLOWED_FROM} > ?`;
  return listWhere(db, condition, Number(hasVendorId), since);
}

/** Invitations that CodeSubmit knows by that id, and whose progress is still followed. */
export function listFollowedById(db: Reader, id: VendorInvitationId): InvitationRow[] {
  return listWhere(db, `vendor_id = ? AND ${IS_FOLLOWED}`, id);
}

/**
 * How many invitations the rule has promised since then (Lever's clock, epoch ms), as the brake counts them: without
 * those that an admin requested or approved, and without cancelled or failed ones.
 */
export function countForBrake(db: Reader, ruleId: RuleId, since: number): number {
  const counted = `invitations WHERE rule_id = ? AND promised_at >= ?
    AND origin = 'rule' AND state NOT IN ('cancelled', 'failed')`;
  return countRows(db, counted, ruleId, since);
}

/** The rule's queued invitations that its brake puts on hold: not those that an admin requested or approved. */
export function listQueuedForBrake(db: Reader, ruleId: RuleId): InvitationRow[] {
  return listWhere(db, `rule_id = ? AND state = 'queued' AND origin = 'rule'`, ruleId);
}

/** Whether an invitation of ours is known to have this id at CodeSubmit. */
export function isOurs(db: Reader, vendorId: VendorInvitationId): boolean {
  return findWhere(db, 'vendor_id = ? LIMIT 1', vendorId) !== undefined;
}

/** The oldest invitation with this id at CodeSubmit, other than `except`. */
export function findByVendorId(
  db: Reader,
  vendorId: string,
  except: InvitationId,
): InvitationRow | undefined {
  return findWhere(db, 'vendor_id = ? AND id <> ? ORDER BY id LIMIT 1', vendorId, except);
}

/**
 * Whether this row of CodeSubmit's list may be an invitation of ours whose id there isn't known: same address and
 * challenge, and we began to send it.
 */
export function isOursUnnamed(db: Reader, listed: ListedChallenge): boolean {
  const condition = `email_hash = :emailHash AND challenge_id = :challengeId AND vendor_id IS NULL
    AND intent_at_vendor IS NOT NULL AND ${IS_PROMISED} LIMIT 1`;
  return findWhere(db, condition, listed) !== undefined;
}

/**
 * Other invitations of the same address and challenge that were certainly or possibly sent, and whose rows at
 * CodeSubmit aren't known: a row found for this one may be theirs.
 */
export function listUnnamedLike(db: Reader, row: InvitationRow): InvitationRow[] {
  const condition = `email_hash = :email_hash AND challenge_id = :challenge_id AND id <> :id AND vendor_id IS NULL
    AND intent_at_vendor IS NOT NULL AND state IN ('sending', 'uncertain', 'invited', 'linked')`;
  return listWhere(db, condition, row);
}

/**
 * The witness: the newest invitation that CodeSubmit had accepted by `until`, on its clock (epoch ms). A reading that
 * doesn't show it proves nothing. Undefined if none was accepted by then.
 */
export function findWitness(db: Reader, until: number): AcceptedInvitation | undefined {
  const accepted = 'accepted_at <= ? ORDER BY accepted_at DESC LIMIT 1';
  return db.get(`SELECT * FROM invitations WHERE ${accepted}`, until);
}

/** How long after its creation a row that repeats an invitation of ours is reported; then it's old news. */
const REPEAT_REPORTED_MS = 7 * DAY_MS;

/** SQL, for a row `listed` of CodeSubmit's list: no invitation of ours has its id. */
const NOT_OURS = `NOT EXISTS (
  SELECT 1 FROM invitations AS own WHERE own.vendor_id = listed.vendor_id)`;

/**
 * Rows created after this time, by CodeSubmit's clock (epoch ms), are reported. It is counted back from the last reading
 * that renewed our copy. Before the first of them there is no time to count from, so a row of any age is reported.
 */
function repeatsReportedFrom({ copy }: SentListState): number {
  return (copy?.vendorAt ?? 0) - REPEAT_REPORTED_MS;
}

/**
 * Rows of another sender on the same accounts: same address and challenge as an invitation of ours, none of ours by
 * their id, and created after CodeSubmit had accepted ours. A pair of address and challenge isn't judged while the row
 * may be our own second one: one of ours is being sent, has an unknown outcome, or was sent again after a proven absence.
 *
 * Rows from before `knownFrom` were there when we first read the whole list: a new or restored data directory can't tell
 * whose they are. Before that reading none counts. Nor do those too old to be reported (`repeatsReportedFrom`).
 *
 * `since`: when the first was created, epoch ms. `isOursListed`: 0 while the list shows no invitation of ours under its
 * id: then a row that looks foreign may be ours.
 */
export function countRepeated(db: Database, state: SentListState) {
  // `other` may be `ours` itself.
  return getRow<{ n: number; since: number | null; isOursListed: 0 | 1 }>(
    db,
    `SELECT count(DISTINCT listed.vendor_id) AS n, min(listed.created_from) AS since, EXISTS (
         SELECT 1 FROM invitations AS ours JOIN sent_challenges AS own USING (vendor_id)
         WHERE ours.accepted_at IS NOT NULL) AS isOursListed
       FROM sent_challenges AS listed JOIN invitations AS ours
         ON ours.email_hash = listed.email_hash AND ours.challenge_id = listed.challenge_id
       WHERE ${NOT_OURS} AND listed.created_from > ? AND listed.created_from > ours.accepted_at
         AND NOT EXISTS (SELECT 1 FROM invitations AS other
           WHERE other.email_hash = ours.email_hash AND other.challenge_id = ours.challenge_id
             AND (other.state IN ('sending', 'uncertain') OR other.${WAS_PROVED_ABSENT}))`,
    Math.max(state.knownFrom ?? Infinity, repeatsReportedFrom(state)),
  );
}

/**
 * Second rows of invitations that were sent again: same challenge, an address that one of the sendings went to, none of
 * ours by their id, and possibly created since our first intent. Not those too old to be reported
 * (`repeatsReportedFrom`). The invitation must have its own row by now (`vendor_id`).
 */
export function listSentTwice(db: Database, state: SentListState) {
  return db.all<{ invitationId: InvitationId; vendorId: VendorInvitationId; createdAt: number }>(
    `SELECT ours.id AS invitationId, listed.vendor_id AS vendorId, listed.created_from AS createdAt
       FROM invitations AS ours INDEXED BY invitations_absent JOIN sent_challenges AS listed
         INDEXED BY sent_challenges_email
         ON listed.challenge_id = ours.challenge_id AND listed.email_hash IN (SELECT ours.email_hash
           UNION SELECT unhex(value) FROM json_each(ours.evidence, '$.absences'))
       WHERE ours.${WAS_PROVED_ABSENT} AND ours.vendor_id IS NOT NULL AND ${NOT_OURS}
         AND listed.created_until >= ours.intent_at_vendor - ${String(CLOCK_ALLOWANCE_MS)}
         AND listed.created_from > ? ORDER BY ours.id`,
    repeatsReportedFrom(state),
  );
}

export interface StatusNumber {
  number: number;
  /** The newest invitation with this number, and when its progress was last new, epoch ms. */
  exampleId: InvitationId;
  lastSeenAt: number;
  /** Whether an invitation had this number when we sent it, and has it still. */
  isOfSending: 0 | 1;
  /** Whether commits appear beside this number. */
  hasCommits: 0 | 1;
}

/** SQL, each status number once: steps from one to the next in their index, however many invitations have them. */
const NUMBERS = `WITH RECURSIVE numbers (number) AS (
  SELECT min(status_number) FROM invitations WHERE status_number IS NOT NULL
  UNION ALL
  SELECT (SELECT min(status_number) FROM invitations WHERE status_number > number) FROM numbers
  WHERE number IS NOT NULL)`;

/**
 * CodeSubmit's status numbers that invitations have now. `isOfSending`: some invitation has had the number since it was
 * sent, for its progress is as old as itself. One that we found sent, or that an admin says was sent (`detail`), shows
 * nothing: what the candidate had done before is unknown.
 */
export function listStatusNumbers(db: Reader): StatusNumber[] {
  return db.all<StatusNumber>(
    `${NUMBERS} SELECT number, example.id AS exampleId,
       coalesce(example.progress_at, example.invited_at) AS lastSeenAt,
       EXISTS (SELECT 1 FROM invitations WHERE status_number = number
         AND detail IS NULL AND progress_at = invited_at) AS isOfSending,
       EXISTS (SELECT 1 FROM invitations JOIN sent_challenges USING (vendor_id)
         WHERE invitations.status_number = number AND commits_count > 0) AS hasCommits
     FROM numbers JOIN invitations AS example
       ON example.id = (SELECT max(id) FROM invitations WHERE status_number = number)
     ORDER BY number`,
  );
}

/**
 * A guess until an admin confirms it: the number that an invitation starts with is `invited`, and the only other one
 * with commits is `started`. Null for the rest, and where several have commits: which came first can't be told.
 */
export function guessMeaning(one: StatusNumber, all: readonly StatusNumber[]): Progress | null {
  if (one.isOfSending === 1) return 'invited';
  const others = all.filter(({ isOfSending, hasCommits }) => isOfSending === 0 && hasCommits === 1);
  return others.length === 1 && others[0]?.number === one.number ? 'started' : null;
}
