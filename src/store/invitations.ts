/**
 * What was promised to whom, and how that changes. Only this file sets the state.
 *
 *   queued ──intent──▶ sending ──accepted──▶ invited ──link in Lever──▶ linked
 *     ▲ │                │  │
 *     │ │                │  └─ can't be known ──▶ uncertain ──settle──▶ invited | queued | failed
 *     │ ├─ made already ─┼──────────────────────▶ invited
 *     │ └─ no longer     └─ refused ──▶ failed
 *     │    called for
 *     └──── cancelled, failed: queued again by a decision or `retry`
 *
 * `retry` cancels a failed one whose visit or person was promised a challenge meanwhile.
 * Each change names the states that it may start from, and throws when the row is in none of them.
 */
import type { ChallengeId, InvitationId, OpportunityId, RuleId, StageId } from '../domain/ids.js';
import type { InvitationState, Progress } from '../domain/invitation.js';
import type { Visit } from '../domain/opportunity.js';
import { getRow, type Reader, type Tx } from './database/database.js';
import type { SealedPlace, Sealer } from './home/sealer.js';

/**
 * Why an invitation is looked up: CodeSubmit gave no answer, said that it is unavailable (503), accepted it, or may have
 * refused it as a second one.
 */
export type LookupKind = 'unanswered' | 'unavailable' | 'accepted' | 'refused';

/** What was promised to whom. */
export interface InvitationRow {
  id: InvitationId;
  opportunity_id: OpportunityId;
  challenge_id: ChallengeId;
  challenge_name: string;
  /** 0, or the number of the repetition that an admin requested with `send --again`. */
  repetition: number;
  /**
   * Who wanted it: a rule, a rule with an admin's approval, or a person who ran `send`. No rule's decision queues,
   * renews or cancels a person's. The brake counts a rule's alone.
   */
  origin: 'rule' | 'approval' | 'person';
  rule_id: RuleId | null;
  /** Empty for a candidate in no stage, to whom only an admin can send. */
  visit_stage_id: StageId;
  visit_at: number;
  /** The candidate's contact in Lever when the challenge was promised; Lever may have merged it into another since. */
  contact_id: string | null;
  /** A keyed hash. The address itself is in the daemon's memory only, while the invitation is to be sent. */
  email_hash: Buffer;
  state: InvitationState;
  /** Why it is in this state: a code that `status` shows; null in the ordinary case. */
  reason: string | null;
  /**
   * More about that, such as CodeSubmit's words. Of a sent one: how CodeSubmit came to have it, unless by our request;
   * then null.
   */
  detail: string | null;
  /**
   * When to send it, or to look it up. Queued: null until a new decision allows sending. Uncertain: null when only a
   * person can settle it.
   */
  due_at: number | null;
  /** When it was decided, by Lever's clock. */
  promised_at: number;
  /**
   * Since when it waits to be sent, by our clock. An attempt without effect doesn't change it, nor does a proven absence
   * after the first.
   */
  queued_at: number | null;
  /**
   * By CodeSubmit's clock: the first intent that may have had an effect, and the reply that accepted the invitation.
   */
  intent_at_vendor: number | null;
  accepted_at: number | null;
  /** The due date that CodeSubmit got, by its clock. */
  deadline_at: number | null;
  /** When it was sent, or found sent, by Lever's clock: the rule's reuse days count from then. */
  went_at: number | null;
  /** CodeSubmit's id of it. */
  vendor_id: string | null;
  sealed_link: Buffer | null;
  /** A keyed hash, kept when the link is erased. */
  link_hash: Buffer | null;
  /** CodeSubmit's last number, how far that is by the map of numbers, and since when that is known. */
  status_number: number | null;
  progress: Progress | null;
  /** Null once the invitation is erased: then its progress isn't followed. */
  progress_at: number | null;
  /** JSON; see `Evidence`. */
  evidence: string;
  /** By our clock: when the row was added, and when it was known that CodeSubmit has the invitation. */
  created_at: number;
  invited_at: number | null;
}

/** The visit that the challenge was promised for. */
export function visitOf(row: InvitationRow): Visit {
  return { id: row.opportunity_id, stageId: row.visit_stage_id, visitAt: row.visit_at };
}

/** Facts that few steps need. Hashes are keyed, and in hex. */
interface Evidence {
  /** Hashes of all addresses in the profile when the invitation was last queued, and of those since it went out. */
  addresses: string[];
  /** Hashes of the form that similar addresses share, and of the name. */
  person: string;
  name: string;
  /** Hashes of the addresses that CodeSubmit refused. */
  refused: string[];
  /** When the invitation was last intended, by our clock. */
  intentAt: number;
  /** The integration was revoked since. */
  isRevoked: boolean;
  /**
   * Hashes of the addresses that CodeSubmit's list proved it was not sent to, one for each proof that counts; undefined
   * before the first. Lever may show another address by the next sending. After a 503 a further proof doesn't count.
   */
  absences: string[];
  /**
   * Of an uncertain invitation: why it is looked up, and CodeSubmit's `Date` of the first reading that showed no row. A
   * second one proves the absence.
   */
  lookup: LookupKind;
  absentAt: number;
}

/**
 * Whether CodeSubmit's list proved that an earlier sending had no effect, so another follows. If the proof was wrong,
 * CodeSubmit has two rows then. `WAS_PROVED_ABSENT` is the same in SQL.
 */
export function wasProvedAbsent(row: Pick<InvitationRow, 'evidence'>): boolean {
  return evidenceOf(row).absences !== undefined;
}

export const WAS_PROVED_ABSENT = `evidence -> '$.absences' IS NOT NULL`;

/** The invitation's facts that have no column; one that was never stored is undefined. */
export function evidenceOf({ evidence }: Pick<InvitationRow, 'evidence'>): Partial<Evidence> {
  return JSON.parse(evidence) as Partial<Evidence>;
}

/**
 * Why a look-up settled nothing, as `detail` stores it: the reading proved nothing, or we failed. The next one may
 * settle it.
 */
const PROVES_NOTHING = `('no_control', 'rows_not_recognised', 'list_lags', 'list_incomplete',
  'accepted_but_not_listed', 'internal error')`;

/**
 * The readings of CodeSubmit's list so far didn't settle this uncertain invitation. Either a person must (no `due_at`),
 * or the last reading proved nothing, and the next may.
 */
export const IS_UNSETTLED_BY_LIST = `(due_at IS NULL OR detail IN ${PROVES_NOTHING})`;

/** The invitation with that id; throws if there is none. */
export function getInvitation(db: Reader, id: number): InvitationRow {
  return getRow(db, 'SELECT * FROM invitations WHERE id = ?', id);
}

/**
 * Whether the same challenge is on its way to the same person through another row. This is for repetitions, which no
 * constraint of the database covers. The person is the same opportunity or contact, or has an address of the profile in
 * common. Lever merges contacts, so the contact that a row was promised to isn't enough: opportunities whose last read
 * showed this contact count too. An unknown contact (null) equals none.
 */
export function isOnItsWayBeside(db: Reader, row: InvitationRow): boolean {
  const sql = `WITH addresses AS
      (SELECT :email_hash UNION SELECT unhex(value) FROM json_each(:evidence, '$.addresses'))
    SELECT 1 FROM invitations WHERE challenge_id = :challenge_id AND id <> :id
    AND state IN ('queued', 'sending', 'uncertain')
    AND (opportunity_id = :opportunity_id OR contact_id = :contact_id OR email_hash IN addresses
      OR id IN (SELECT invitation_id FROM other_addresses WHERE email_hash IN addresses)
      OR opportunity_id IN (SELECT id FROM candidates WHERE contact_id = :contact_id)) LIMIT 1`;
  return db.get(sql, row) !== undefined;
}

/** Changed columns, and changed facts of `evidence`; null removes a fact. */
type Assignments = Partial<Omit<InvitationRow, 'id' | 'evidence'>> & {
  evidence?: { [Fact in keyof Evidence]?: Evidence[Fact] | null };
};

/**
 * Makes a change of one row, and throws unless its state is one of `from`. Facts of `evidence` that `changes` doesn't
 * name stay; null removes one.
 */
function change(
  tx: Tx,
  id: InvitationId,
  from: readonly InvitationState[],
  changes: Assignments,
): void {
  const assignments = Object.keys(changes).map((column) =>
    column === 'evidence' ? `evidence = json_patch(evidence, :evidence)` : `${column} = :${column}`,
  );
  const states = from.map((state) => `'${state}'`);
  const { changes: changed } = tx.run(
    `UPDATE invitations SET ${assignments.join(', ')} WHERE id = :id AND state IN (${states.join(', ')})`,
    { ...changes, evidence: JSON.stringify(changes.evidence ?? {}), id },
  );
  if (changed === 0) throw new Error(`invitation ${id} is not ${from.join(' or ')}`);
}

/** Who gets the challenge, as keyed hashes. */
export interface Addressed extends Pick<InvitationRow, 'contact_id' | 'email_hash'> {
  evidence: Pick<Evidence, 'addresses' | 'person' | 'name'>;
}

/** What a decision, or an admin with `send`, promises. */
export interface NewPromise
  extends
    Addressed,
    Pick<
      InvitationRow,
      | 'challenge_name'
      | 'origin'
      | 'rule_id'
      | 'visit_stage_id'
      | 'visit_at'
      | 'promised_at'
      | 'due_at'
    > {}

/** Identifies the row of a promise. A repetition of a challenge is a row of its own. */
export type PromiseKey = Pick<InvitationRow, 'opportunity_id' | 'challenge_id' | 'repetition'>;

/** Queues a new row. Throws `conflict` where the database doesn't allow another promise. */
export function queueNew(tx: Tx, key: PromiseKey, promise: NewPromise, now: number): InvitationId {
  const evidence = JSON.stringify(promise.evidence);
  const values = { ...key, ...promise, evidence, state: 'queued', queued_at: now, created_at: now };
  const columns = Object.keys(values);
  const { lastInsertRowid } = tx.run(
    `INSERT INTO invitations (${columns.join(', ')})
     VALUES (${columns.map((column) => `:${column}`).join(', ')})`,
    values,
  );
  return Number(lastInsertRowid) as InvitationId;
}

/**
 * Starts a failed or cancelled invitation over: with who gets it, and when it is due, by the new promise. Throws
 * `conflict` like `queueNew`.
 */
export function queueAgain(tx: Tx, id: InvitationId, promise: NewPromise, now: number): void {
  change(tx, id, ['failed', 'cancelled'], {
    ...promise,
    state: 'queued',
    reason: null,
    detail: null,
    queued_at: now,
  });
}

/**
 * Updates a queued invitation by a new decision: who gets it, when it is due, and all else that is promised. One that an
 * admin requested with `send` has no decision: a look gives only who gets it, and when.
 */
export function renewQueued(
  tx: Tx,
  id: InvitationId,
  promise: Addressed & Partial<NewPromise>,
): void {
  change(tx, id, ['queued'], { ...promise, reason: null, detail: null });
}

/** Makes a queued invitation due at another time; null: it may not be sent before a new decision. */
export function reschedule(tx: Tx, id: InvitationId, dueAt: number | null): void {
  change(tx, id, ['queued'], { due_at: dueAt });
}

/**
 * Queues an invitation that wasn't sent, for a new decision; `queuedAt`: since when it waits to be sent. Throws
 * `conflict` like `queueNew`.
 */
export function queueForDecision(tx: Tx, id: InvitationId, queuedAt: number | null): void {
  change(tx, id, ['failed', 'uncertain'], {
    state: 'queued',
    reason: null,
    detail: null,
    due_at: null,
    queued_at: queuedAt,
  });
}

/** Forgets an intent that a person found without effect, so it isn't looked for again. */
export function forgetIntent(tx: Tx, id: InvitationId): void {
  change(tx, id, ['queued'], { intent_at_vendor: null });
}

/**
 * Cancels one invitation: it no longer counts as promised. `reason`: why, as `status` shows it. CodeSubmit's words for a
 * failed one don't explain that, so they go.
 */
export function cancel(tx: Tx, id: InvitationId, from: 'queued' | 'failed', reason: string): void {
  change(tx, id, [from], { state: 'cancelled', reason, detail: null });
}

/** Cancels what rules queued for the opportunity, except for one challenge; null keeps none. */
export function cancelQueued(
  tx: Tx,
  opportunityId: OpportunityId,
  reason: string,
  except: ChallengeId | null,
): void {
  // IS NOT: with null as the exception, every challenge differs from it.
  cancelEach(tx, reason, `opportunity_id = ? AND origin <> 'person' AND challenge_id IS NOT ?`, [
    opportunityId,
    except,
  ]);
}

/**
 * The integration is revoked: cancels everything queued. Marks what may have been sent: if it turns out that it wasn't,
 * it isn't sent again (`cancelIfRevoked`).
 */
export function cancelForRevoke(tx: Tx): void {
  cancelEach(tx, 'revoked', 'TRUE', []);
  tx.run(`UPDATE invitations SET evidence = json_set(evidence, '$.isRevoked', json('true'))
    WHERE state IN ('sending', 'uncertain')`);
}

/** Cancels an invitation that was queued again because its request had no effect, if `revoke` has run since. */
export function cancelIfRevoked(tx: Tx, id: InvitationId): void {
  cancelEach(tx, 'revoked', `id = ? AND evidence ->> '$.isRevoked'`, [id]);
}

/** Cancels queued repetitions, after a restore: they may have been sent since the copy was made. */
export function cancelRepetitions(tx: Tx, reason: string): void {
  cancelEach(tx, reason, 'repetition > 0', []);
}

/** Cancels all queued invitations that meet the SQL condition; `values` are those of its placeholders. */
function cancelEach(tx: Tx, reason: string, condition: string, values: unknown[]): void {
  const sql = `UPDATE invitations SET state = 'cancelled', reason = ? WHERE state = 'queued' AND`;
  tx.run(`${sql} ${condition}`, reason, ...values);
}

/**
 * Makes everything queued for a challenge that CodeSubmit doesn't know wait for a new decision. What an admin requested
 * has no rule that could hold it, so it fails.
 */
export function recordUnknownChallenge(tx: Tx, challengeId: ChallengeId): void {
  const where = `WHERE challenge_id = ? AND state = 'queued'`;
  const failed = `state = 'failed', reason = 'unknown_challenge'`;
  // Failed rows are no longer queued, so the second update leaves them out.
  tx.run(`UPDATE invitations SET ${failed} ${where} AND origin = 'person'`, challengeId);
  tx.run(`UPDATE invitations SET due_at = NULL ${where}`, challengeId);
}

/**
 * Records the intent to send: from here on, an unknown outcome must be looked up. `vendorAt`: when that is by
 * CodeSubmit's clock. `wentAt`: Lever's time of the read behind it.
 */
export function intend(
  tx: Tx,
  row: InvitationRow,
  intent: { now: number; vendorAt: number; wentAt: number; deadlineAt: number | null },
): void {
  change(tx, row.id, ['queued'], {
    state: 'sending',
    reason: null,
    detail: null,
    due_at: null,
    // Sent again: CodeSubmit may list the first sending late, so rows since the first intent can still be ours.
    intent_at_vendor: (wasProvedAbsent(row) ? row.intent_at_vendor : null) ?? intent.vendorAt,
    went_at: intent.wentAt,
    deadline_at: intent.deadlineAt,
    // A revoke before this intent says nothing of it: the integration is set up again.
    evidence: { intentAt: intent.now, isRevoked: null },
  });
}

/**
 * Queues an invitation again whose request certainly had no effect, to be sent from `dueAt` on (epoch ms). Cancels it
 * instead if the integration was revoked since the request.
 */
export function queueUnsent(tx: Tx, id: InvitationId, dueAt: number): void {
  change(tx, id, ['sending'], { state: 'queued', due_at: dueAt });
  cancelIfRevoked(tx, id);
}

/**
 * It isn't known whether CodeSubmit has the invitation: it is looked up from `at` on (epoch ms), and its absence must
 * be proved by two new readings. `why`: what became of the request. `kind`: why it is looked up.
 */
export function settleUncertain(
  tx: Tx,
  id: InvitationId,
  why: string,
  { kind, at }: { kind: LookupKind; at: number },
): void {
  change(tx, id, ['sending'], {
    state: 'uncertain',
    reason: 'unknown_outcome',
    detail: why,
    due_at: at,
    evidence: { lookup: kind, absentAt: null },
  });
}

/**
 * CodeSubmit has no such invitation, and won't have one without a change: nothing is due any more. The hash of its
 * address joins those refused: a new decision sends only to another address, or under another name.
 */
export function settleFailed(
  tx: Tx,
  id: InvitationId,
  from: 'sending' | 'uncertain',
  reason: string,
  detail: string | null,
): void {
  change(tx, id, [from], { state: 'failed', reason, detail, due_at: null });
  // `$[#]` appends.
  tx.run(
    `UPDATE invitations SET evidence = json_set(evidence, '$.refused',
       json_insert(coalesce(evidence -> '$.refused', '[]'), '$[#]', lower(hex(email_hash)))) WHERE id = ?`,
    id,
  );
}

/** What CodeSubmit has of an invitation. */
type Made = Pick<
  InvitationRow,
  'vendor_id' | 'sealed_link' | 'link_hash' | 'status_number' | 'detail' | 'accepted_at' | 'went_at'
>;

/** CodeSubmit has the invitation: it accepted it, or had it already, even before we sent anything. */
export function settleInvited(tx: Tx, row: InvitationRow, now: number, made: Made): void {
  change(tx, row.id, ['queued', 'sending', 'uncertain'], {
    ...made,
    state: 'invited',
    reason: null,
    due_at: null,
    progress: 'invited',
    progress_at: now,
    invited_at: now,
  });
}

const SENT_STATES = ['invited', 'linked'] as const;

/**
 * Records the id or link that CodeSubmit's list shows of a sent invitation. `detail`: how CodeSubmit came to have it,
 * unless by our request.
 */
export function storeIdAndLink(
  tx: Tx,
  id: InvitationId,
  named: Pick<InvitationRow, 'vendor_id' | 'sealed_link' | 'link_hash' | 'detail'>,
): void {
  change(tx, id, SENT_STATES, named);
}

/**
 * Records that the link is in Lever, and returns true. Does nothing for another opportunity of the same person, which
 * only shares the link.
 */
export function markLinked(tx: Tx, id: InvitationId, opportunityId: OpportunityId): boolean {
  const from = `id = ? AND opportunity_id = ? AND state = 'invited'`;
  return (
    tx.run(`UPDATE invitations SET state = 'linked' WHERE ${from}`, id, opportunityId).changes > 0
  );
}

/** Records how far a sent challenge is, and since when. */
export function recordProgress(
  tx: Tx,
  id: InvitationId,
  progress: Pick<InvitationRow, 'status_number' | 'progress' | 'progress_at'>,
): void {
  change(tx, id, SENT_STATES, progress);
}

/** Where an invitation's link is stored: it is encrypted for that place, and can be decrypted for no other. */
export function linkPlace(row: PromiseKey): SealedPlace {
  return ['invitations.sealed_link', row.opportunity_id, row.challenge_id, row.repetition];
}

/**
 * The link as the row stores it: encrypted, and as a hash by which it is found even once it is erased. Null (no link is
 * known yet) makes both null.
 */
export function sealLink(
  sealer: Sealer,
  row: PromiseKey,
  link: string | null,
): Pick<InvitationRow, 'sealed_link' | 'link_hash'> {
  if (link === null) return { sealed_link: null, link_hash: null };
  return { sealed_link: sealer.seal(link, ...linkPlace(row)), link_hash: sealer.hashLink(link) };
}

/**
 * Puts the next look-up off until `at` (epoch ms), because the last one settled nothing; null: only a person can settle
 * it. `why`: what was lacking.
 */
export function lookUpAgain(tx: Tx, id: InvitationId, at: number | null, why: string): void {
  change(tx, id, ['uncertain'], { due_at: at, detail: why });
}

/**
 * Records the first reading that showed no row, by CodeSubmit's `Date`. A second one, from `lookAt` on, proves the
 * absence.
 */
export function recordAbsentOnce(tx: Tx, id: InvitationId, firstAt: number, lookAt: number): void {
  change(tx, id, ['uncertain'], { due_at: lookAt, detail: null, evidence: { absentAt: firstAt } });
}

/**
 * Records a proven absence: two readings, far enough apart, showed no row. `absences`: the hashes of all that count, this
 * one included.
 */
export function recordAbsent(tx: Tx, id: InvitationId, absences: string[]): void {
  change(tx, id, ['uncertain'], { evidence: { absences, absentAt: null } });
}

/**
 * Makes look-ups due now that wait because the last reading proved nothing. Of those left to a person, only the ones
 * with an unclear date: a new setting may make dates readable.
 */
export function makeUnsettledDue(tx: Tx, now: number): void {
  tx.run(
    `UPDATE invitations SET due_at = :now WHERE state = 'uncertain'
     AND (due_at > :now OR detail = 'date_unclear_at_codesubmit') AND ${IS_UNSETTLED_BY_LIST}`,
    { now },
  );
}

/**
 * After CodeSubmit accepted another invitation, which a reading can now be judged by: looks up at `at` (epoch ms), or
 * earlier where that is planned. Excludes those left to a person (`due_at` stays null), and those of which a first
 * reading showed no row, which wait for a second at a set time.
 */
export function lookUpByWitness(tx: Tx, at: number): void {
  tx.run(
    `UPDATE invitations SET due_at = min(due_at, ?) WHERE state = 'uncertain' AND evidence ->> '$.absentAt' IS NULL`,
    at,
  );
}

/**
 * Makes queued invitations due now, and look-ups by `lookupAt` at the latest (epoch ms, both). What waits for a
 * decision or a person (`due_at` null) goes on waiting.
 */
export function makeInvitationsDue(tx: Tx, now: number, lookupAt: number): void {
  tx.run(`UPDATE invitations SET due_at = min(due_at, ?) WHERE state = 'queued'`, now);
  const sql = `UPDATE invitations SET due_at = ? WHERE state = 'uncertain' AND due_at > ?`;
  tx.run(sql, lookupAt, lookupAt);
}

/**
 * Adds the addresses that the profile got after the challenge went out: by them, too, the person is known. Not before
 * it is known what became of the challenge: after a refusal, an address that came since is tried (`addressFor`).
 */
export function recordAddresses(
  tx: Tx,
  opportunityId: OpportunityId,
  hashes: readonly string[],
): void {
  tx.run(
    `UPDATE invitations SET evidence = json_set(evidence, '$.addresses', (SELECT json_group_array(value) FROM
       (SELECT value FROM json_each(evidence, '$.addresses') UNION SELECT value FROM json_each(:hashes))))
     WHERE opportunity_id = :opportunityId AND state IN ('invited', 'linked')
       AND EXISTS (SELECT value FROM json_each(:hashes) EXCEPT SELECT value FROM json_each(evidence, '$.addresses'))`,
    { opportunityId, hashes: JSON.stringify(hashes) },
  );
}

/**
 * Another Lever account is connected: follows no one's progress any more, and looks for no missing link. Links that are
 * known may still be shared.
 */
export function stopFollowing(tx: Tx): void {
  tx.run(
    `UPDATE invitations SET progress = NULL, progress_at = iif(sealed_link IS NULL, NULL, progress_at)
     WHERE state IN ('invited', 'linked')`,
  );
}

/**
 * Erases the link, and stops following progress; cancels what waited to be sent. Ids and hashes stay. A failed one's
 * detail holds CodeSubmit's words, which may name the candidate.
 */
export function eraseInvitations(tx: Tx, opportunityId: OpportunityId): void {
  tx.run(
    `UPDATE invitations SET sealed_link = NULL, progress_at = NULL,
       detail = iif(state = 'failed', NULL, detail) WHERE opportunity_id = ?`,
    opportunityId,
  );
  cancelEach(tx, 'erased', 'opportunity_id = ?', [opportunityId]);
}

/**
 * Marks what was sent to a candidate whom an admin forgets, after `eraseInvitations`: the same challenge then waits for
 * approval, because its link can't be shared any more. Nothing is under way for them.
 */
export function markSentAsForgotten(tx: Tx, opportunityId: OpportunityId): void {
  tx.run(
    `UPDATE invitations SET reason = 'erased' WHERE opportunity_id = ? AND state IN ('invited', 'linked')`,
    opportunityId,
  );
}
