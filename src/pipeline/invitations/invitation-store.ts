/**
 * What was promised to whom.
 *
 *   queued ──intent──▶ sending ──accepted──▶ invited ──link in Lever──▶ linked
 *     ▲ │                │  │
 *     │ │                │  └─ can't be known ──▶ uncertain ──settle──▶ invited | queued
 *     │ └─ no longer     └─ refused ──▶ failed
 *     │    warranted
 *     └──── cancelled, failed: queued again by a decision or `retry`
 */
import { DAY_MS } from '../../domain/clock.js';
import type { OwnInvitation, PersonPromise } from '../../domain/decide/situation.js';
import type { Invite } from '../../domain/decision.js';
import type {
  ChallengeId,
  InvitationId,
  OpportunityId,
  RuleId,
  StageId,
  VendorInvitationId,
} from '../../domain/ids.js';
import type { InvitationState } from '../../domain/invitation.js';
import { findEmail, type Opportunity } from '../../domain/opportunity.js';
import type { Progress } from '../../domain/progress.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { invitationPlace } from '../../storage/home/sealed-places.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { LookupKind } from './conclude-lookup.js';
import type { AcceptedInvitation } from './judge-control.js';
import type { ListedChallenge } from './sent-list-store.js';
import { samePersonForm } from './similar-address.js';

export interface InvitationRow {
  id: number;
  opportunity_id: string;
  challenge_id: string;
  challenge_name: string;
  repetition: number;
  is_by_hand: number;
  rule_id: number | null;
  visit_stage_id: string;
  visit_at: number;
  contact_id: string | null;
  email_hash: Buffer;
  sealed_email: Buffer | null;
  addresses: string | null;
  person_hashes: string | null;
  refused_addresses: string | null;
  first_name: string | null;
  last_name: string | null;
  due_days: number | null;
  time_limit_minutes: number | null;
  reuse_ms: number;
  state: InvitationState;
  reason: string | null;
  detail: string | null;
  is_approved: number;
  awaits_decision: number;
  promised_at: number;
  next_attempt_at: number;
  attempts: number;
  claim: string | null;
  intent_at: number | null;
  intent_at_vendor: number | null;
  went_at: number | null;
  lookup_kind: LookupKind | null;
  lookup_at: number | null;
  lookups: number;
  absent_reads: number;
  vendor_id: string | null;
  sealed_link: Buffer | null;
  status_number: number | null;
  commits_count: number | null;
  progress: Progress | null;
  progress_at: number | null;
  started_at: number | null;
  submitted_at: number | null;
  overdue_at: number | null;
  poll_at: number | null;
  created_at: number;
  invited_at: number | null;
  linked_at: number | null;
  due_at: number | null;
  address_gone_at: number | null;
  counts_from: number | null;
}

type AcceptedRow = Omit<AcceptedInvitation, 'sent'> & { fromAt: number; tookMs: number };

/** When something is promised: on our own clock, and on Lever's, by which the days of reuse are counted. */
export interface PromiseMoment {
  now: number;
  promisedAt: number;
}

interface Tally {
  n: number;
  /** Epoch ms. */
  since: number | null;
}

const PROMISED = `state IN ('queued', 'sending', 'uncertain', 'invited', 'linked')`;

export class InvitationStore {
  readonly #ofOpportunity;
  readonly #ofPair;
  readonly #byVendorId;
  readonly #byContact;
  readonly #byEmail;
  readonly #noteAddresses;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#ofOpportunity = database.prepare<[string], InvitationRow>(
      'SELECT * FROM invitations WHERE opportunity_id = ?',
    );
    this.#ofPair = database.prepare<[string, string], InvitationRow>(
      'SELECT * FROM invitations WHERE opportunity_id = ? AND challenge_id = ? AND repetition = 0',
    );
    this.#byVendorId = database.prepare<[string], unknown>(
      'SELECT 1 FROM invitations WHERE vendor_id = ? LIMIT 1',
    );
    const promise = `SELECT id AS invitationId, challenge_id AS challengeId,
      counts_from AS countsFrom FROM invitations`;
    // Lever merges contacts: that of the opportunity now counts as much as that to whom it was promised.
    this.#byContact = database.prepare<
      [{ contactId: string; id: string }],
      Omit<PersonPromise, 'isSameContact'>
    >(
      `${promise} WHERE (contact_id = :contactId
           OR opportunity_id IN (SELECT id FROM opportunities WHERE contact_id = :contactId))
         AND opportunity_id <> :id AND ${PROMISED}`,
    );
    this.#byEmail = database.prepare<[Buffer, string], Omit<PersonPromise, 'isSameContact'>>(
      `${promise} WHERE email_hash = ? AND opportunity_id <> ? AND ${PROMISED}`,
    );
    this.#noteAddresses = database.prepareWrite<
      [{ id: string; now: number; hashes: string }],
      unknown
    >(
      `UPDATE invitations SET address_gone_at = CASE WHEN address_gone_at IS NULL THEN :now END
       WHERE opportunity_id = :id AND state IN ('sending', 'uncertain', 'invited', 'linked')
         AND addresses IS NOT NULL AND (address_gone_at IS NULL)
           = (lower(hex(email_hash)) NOT IN (SELECT value FROM json_each(:hashes)))`,
    );
  }

  get(id: InvitationId): InvitationRow | undefined {
    return this.database
      .prepare<[number], InvitationRow>('SELECT * FROM invitations WHERE id = ?')
      .get(id);
  }

  listOf(opportunityId: OpportunityId): InvitationRow[] {
    return this.#ofOpportunity.all(opportunityId);
  }

  ownOf(opportunityId: OpportunityId): OwnInvitation[] {
    return this.listOf(opportunityId).map((row) => ({
      challengeId: row.challenge_id as ChallengeId,
      state: row.state,
      visitStageId: row.visit_stage_id as StageId,
      visitAt: row.visit_at,
      isByHand: row.is_by_hand === 1,
    }));
  }

  /** What the same contact, or anybody with one of the same addresses, was promised through other opportunities. */
  promisesToPerson(opportunity: Opportunity): PersonPromise[] {
    const { id, contactId, emails } = opportunity;
    const byContact = contactId === null ? [] : this.#byContact.all({ contactId, id });
    const hashes = emails.flatMap((email) => this.sealer.hashesOf(email));
    const byEmail = hashes.flatMap((hash) => this.#byEmail.all(hash, id));
    return [
      ...byContact.map((promise) => ({ ...promise, isSameContact: true })),
      ...byEmail.map((promise) => ({ ...promise, isSameContact: false })),
    ];
  }

  /** Marks what went to an address that is no longer in the profile, and unmarks what went to one that is back. */
  noteAddresses(tx: Tx, { id, emails }: Opportunity, now: number): void {
    this.#noteAddresses.run(tx, { id, now, hashes: this.hashAll(emails) });
  }

  /** All addresses of a profile as they are kept. */
  hashAll(emails: readonly string[]): string {
    return JSON.stringify(emails.flatMap((email) => this.#hexOf(email)));
  }

  /** Of the addresses without what people add to them. */
  personHashes(emails: readonly string[]): Buffer[] {
    return emails.map((email) => this.sealer.hashEmail(samePersonForm(email)));
  }

  /** As they are kept. */
  hashPersons(emails: readonly string[]): string {
    return JSON.stringify(this.personHashes(emails).map((hash) => hash.toString('hex')));
  }

  /** Whether one of ours whose id at CodeSubmit isn't known can be this row of its list. */
  isOursUnnamed({ emailHash, challengeId }: ListedChallenge): boolean {
    const row = this.database
      .prepare<[Buffer | null, string | null], unknown>(
        `SELECT 1 FROM invitations WHERE email_hash = ? AND challenge_id = ? AND vendor_id IS NULL
         AND intent_at IS NOT NULL AND ${PROMISED} LIMIT 1`,
      )
      .get(emailHash, challengeId);
    return row !== undefined;
  }

  #hexOf(email: string): string[] {
    return this.sealer.hashesOf(email).map((hash) => hash.toString('hex'));
  }

  /**
   * The address to send to. In Lever a corrected one may stand beside or after the one that CodeSubmit refused: whichever
   * came since goes first. One that was there at the refusal isn't tried by itself, which may have meant the person.
   */
  addressFor(row: InvitationRow, { emails }: Opportunity, chosen: string): string {
    if (row.refused_addresses === null) return chosen;
    const known = JSON.parse(row.addresses ?? '[]') as string[];
    const own = row.email_hash.toString('hex');
    const isNew = (email: string): boolean =>
      !this.#hexOf(email).some((hash) => known.includes(hash));
    const isOwn = (email: string): boolean =>
      this.#hexOf(email).includes(own) && !isRefused(row, own);
    return findEmail(emails.filter(isNew)) ?? findEmail(emails.filter(isOwn)) ?? chosen;
  }

  /** How many that the brake counts a rule was promised since then (epoch ms). */
  countForBrake(ruleId: RuleId, since: number): number {
    const row = this.database
      .prepare<[number, number], { n: number }>(
        `SELECT count(*) AS n FROM invitations WHERE rule_id = ? AND promised_at >= ?
         AND is_approved = 0 AND state NOT IN ('cancelled', 'failed')`,
      )
      .get(ruleId, since);
    return row?.n ?? 0;
  }

  /**
   * Queues what the decision promises, or renews the queued row with what Lever shows now. Undefined when nothing is to
   * be sent: a failed row stays until the refused address or name has changed.
   */
  promise(
    tx: Tx,
    decided: Invite,
    opportunity: Opportunity,
    at: PromiseMoment,
  ): InvitationId | undefined {
    const row = this.#ofPair.get(opportunity.id, decided.rule.challengeId);
    if (!row) return this.#insert(tx, decided, opportunity, at);
    const invite = this.#addressed(row, decided, opportunity);
    if (this.#isRefusal(row, invite)) return undefined;
    this.#renew(tx, row, invite, opportunity, at);
    return row.id as InvitationId;
  }

  /** Whether the invite is what was refused already: it stays failed until the address or name has changed. */
  isAsRefused(opportunity: Opportunity, invite: Invite): boolean {
    const row = this.#ofPair.get(opportunity.id, invite.rule.challengeId);
    return row !== undefined && this.#isRefusal(row, this.#addressed(row, invite, opportunity));
  }

  #addressed(row: InvitationRow, invite: Invite, opportunity: Opportunity): Invite {
    return { ...invite, email: this.addressFor(row, opportunity, invite.email) };
  }

  /** Of who was erased since, the address alone tells. A challenge that CodeSubmit didn't know refuses nobody. */
  #isRefusal(row: InvitationRow, invite: Invite): boolean {
    if (row.reason === 'unknown_challenge') return false;
    const isErased = row.sealed_email === null;
    const isSameName = row.first_name === invite.firstName && row.last_name === invite.lastName;
    const own = row.email_hash.toString('hex');
    const isSameEmail = this.#hexOf(invite.email).some(
      (hash) => hash === own || isRefused(row, hash),
    );
    return row.state === 'failed' && isSameEmail && (isErased || isSameName);
  }

  #valuesOf(invite: Invite, opportunity: Opportunity): unknown[] {
    const { rule } = invite;
    const key = { opportunity_id: opportunity.id, challenge_id: rule.challengeId, repetition: 0 };
    return [
      rule.challengeName,
      rule.id,
      opportunity.stageId,
      opportunity.visitAt,
      opportunity.contactId,
      this.sealer.hashEmail(invite.email),
      this.sealer.seal(invite.email, invitationPlace('sealed_email', key)),
      this.hashAll(opportunity.emails),
      this.hashPersons(opportunity.emails),
      invite.firstName,
      invite.lastName,
      rule.dueDays,
      rule.timeLimitMinutes,
      rule.reuseDays * DAY_MS,
      invite.isApproved ? 1 : 0,
    ];
  }

  #insert(tx: Tx, invite: Invite, opportunity: Opportunity, at: PromiseMoment): InvitationId {
    const result = this.database
      .prepareWrite<unknown[]>(
        `INSERT INTO invitations (challenge_name, rule_id, visit_stage_id, visit_at, contact_id,
           email_hash, sealed_email, addresses, person_hashes, first_name, last_name, due_days,
           time_limit_minutes, reuse_ms, is_approved, opportunity_id, challenge_id, state, promised_at,
           next_attempt_at, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)`,
      )
      .run(
        tx,
        ...this.#valuesOf(invite, opportunity),
        opportunity.id,
        invite.rule.challengeId,
        at.promisedAt,
        at.now,
        at.now,
      );
    return Number(result.lastInsertRowid) as InvitationId;
  }

  /**
   * A queued row keeps its back-off and its place in the brake's count; one queued again starts anew. To whom else it
   * shall go it is promised now: what they were promised before counts or not by today's date.
   */
  #renew(
    tx: Tx,
    row: InvitationRow,
    invite: Invite,
    opportunity: Opportunity,
    { now, promisedAt }: PromiseMoment,
  ): void {
    const isQueued = row.state === 'queued';
    const isSamePerson =
      row.contact_id === opportunity.contactId &&
      row.email_hash.equals(this.sealer.hashEmail(invite.email));
    this.database
      .prepareWrite<unknown[]>(
        `UPDATE invitations SET challenge_name = ?, rule_id = ?, visit_stage_id = ?, visit_at = ?,
           contact_id = ?, email_hash = ?, sealed_email = ?, addresses = ?, person_hashes = ?,
           first_name = ?, last_name = ?, due_days = ?, time_limit_minutes = ?, reuse_ms = ?,
           is_approved = ?, state = 'queued',
           is_by_hand = 0, reason = NULL, detail = NULL, awaits_decision = 0, claim = NULL, promised_at = ?,
           next_attempt_at = ?, attempts = ? WHERE id = ?`,
      )
      .run(
        tx,
        ...this.#valuesOf(invite, opportunity),
        isQueued && isSamePerson ? row.promised_at : promisedAt,
        isQueued ? row.next_attempt_at : now,
        isQueued ? row.attempts : 0,
        row.id,
      );
  }

  /** Cancels what rules queued for the opportunity, but for the one whose challenge is to stay. */
  cancelQueued(
    tx: Tx,
    opportunityId: OpportunityId,
    reason: string,
    except: ChallengeId | null,
  ): void {
    this.database
      .prepareWrite(
        `UPDATE invitations SET state = 'cancelled', reason = ?, awaits_decision = 0
         WHERE opportunity_id = ? AND state = 'queued' AND is_by_hand = 0 AND challenge_id IS NOT ?`,
      )
      .run(tx, reason, opportunityId, except);
  }

  /** The rule's unsent ones that the brake may hold. */
  queuedForBrake(ruleId: RuleId): InvitationRow[] {
    return this.database
      .prepare<[number], InvitationRow>(
        `SELECT * FROM invitations WHERE rule_id = ? AND state = 'queued' AND is_approved = 0
         AND is_by_hand = 0`,
      )
      .all(ruleId);
  }

  /** The opportunities whose queued rows only a fresh decision may let go. */
  awaitingDecision(limit: number): OpportunityId[] {
    return this.database
      .prepare<[number], { id: OpportunityId }>(
        `SELECT opportunity_id AS id FROM invitations
         WHERE state = 'queued' AND awaits_decision = 1 ORDER BY id LIMIT ?`,
      )
      .all(limit)
      .map(({ id }) => id);
  }

  /** Forgets address, name and link, and no longer follows how far they are; what waited to be sent is cancelled. Ids and the keyed hash stay. */
  erase(tx: Tx, opportunityId: OpportunityId, reason: string): void {
    this.database
      .prepareWrite(
        `UPDATE invitations SET sealed_email = NULL, first_name = NULL, last_name = NULL,
           sealed_link = NULL, poll_at = NULL, detail = iif(state = 'failed', NULL, detail)
         WHERE opportunity_id = ?`,
      )
      .run(tx, opportunityId);
    // What CodeSubmit said of them.
    this.database
      .prepareWrite(
        `UPDATE attempts SET detail = NULL WHERE outcome IN ('refused', 'person_refused', 'unknown_challenge')
         AND invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = ?)`,
      )
      .run(tx, opportunityId);
    this.database
      .prepareWrite(
        `UPDATE invitations SET state = 'cancelled', reason = ?, awaits_decision = 0
         WHERE opportunity_id = ? AND state = 'queued'`,
      )
      .run(tx, reason, opportunityId);
  }

  /** Whether the key no longer opens what is sealed. */
  isKeyLost(): boolean {
    const last = this.database
      .prepare<[], InvitationRow>(
        `SELECT * FROM invitations WHERE coalesce(sealed_link, sealed_email) IS NOT NULL
         ORDER BY id DESC LIMIT 1`,
      )
      .get();
    if (!last) return false;
    const column = last.sealed_link ? 'sealed_link' : 'sealed_email';
    const sealed = last[column];
    return sealed !== null && this.sealer.tryOpen(sealed, invitationPlace(column, last)) === null;
  }

  /**
   * The key is lost: CodeSubmit's list shows the links again, and no address is known by its old hash. Without the
   * address, the list can't tell which challenge was whose.
   */
  dropSealed(tx: Tx): void {
    for (const change of [
      'SET addresses = NULL, refused_addresses = NULL, address_gone_at = NULL',
      'SET sealed_link = NULL WHERE sealed_link IS NOT NULL',
      `SET lookup_at = NULL, sealed_email = NULL, detail = 'key_lost' WHERE state = 'uncertain'`,
      'SET poll_at = NULL, sealed_email = NULL WHERE vendor_id IS NULL AND poll_at IS NOT NULL',
    ]) {
      this.database.prepareWrite(`UPDATE invitations ${change}`).run(tx);
    }
  }

  /** Nothing queued is left: the integration is revoked. */
  cancelAllQueued(tx: Tx, reason: string): void {
    this.database
      .prepareWrite(
        `UPDATE invitations SET state = 'cancelled', reason = ?, awaits_decision = 0
         WHERE state = 'queued'`,
      )
      .run(tx, reason);
  }

  /** Whether CodeSubmit's row is known to be one of ours. */
  isOurs(vendorId: VendorInvitationId): boolean {
    return this.#byVendorId.get(vendorId) !== undefined;
  }

  /** What waits for an invitation of ours by which the list can be checked is looked up at `at` (epoch ms). */
  lookUpByControl(tx: Tx, at: number): void {
    this.database
      .prepareWrite(
        `UPDATE invitations SET lookup_at = min(lookup_at, ?)
         WHERE state = 'uncertain' AND lookup_at IS NOT NULL AND detail = 'no_control'`,
      )
      .run(tx, at);
  }

  /** CodeSubmit's time at the next intent for the same address and challenge whose outcome isn't known. */
  findLaterIntent({ id, email_hash, challenge_id }: InvitationRow, after: number): number | null {
    const row = this.database
      .prepare<[Buffer, string, number, number], { at: number | null }>(
        `SELECT min(intent_at_vendor) AS at FROM invitations WHERE email_hash = ? AND challenge_id = ?
         AND state IN ('sending', 'uncertain') AND intent_at_vendor > ? AND id <> ?`,
      )
      .get(email_hash, challenge_id, after, id);
    return row?.at ?? null;
  }

  /**
   * Ours that CodeSubmit accepted from then on and before `until` (epoch ms), the latest first. What it had before says
   * nothing of when it was made.
   */
  listAccepted(from: number, until: number, limit = -1): AcceptedInvitation[] {
    return this.database
      .prepare<[number, number, number], AcceptedRow>(
        `SELECT vendor_id AS id, challenge_id AS challengeId, email_hash AS emailHash,
           coalesce(intent_at_vendor, intent_at) AS fromAt, invited_at - intent_at AS tookMs
         FROM invitations WHERE vendor_id IS NOT NULL AND invited_at >= ? AND invited_at < ?
           AND intent_at IS NOT NULL
           AND (detail IS NULL OR detail NOT IN ('adopted', 'vendor_returned_existing'))
         ORDER BY invited_at DESC LIMIT ?`,
      )
      .all(from, until, limit)
      .map(({ fromAt, tookMs, ...one }) => ({
        ...one,
        sent: { from: fromAt, until: fromAt + tookMs },
      }));
  }

  /** Our calendar jumped: what is waited for takes as long as it would have. */
  shiftDue(tx: Tx, jumpMs: number): void {
    this.database
      .prepareWrite(
        `UPDATE invitations SET next_attempt_at = next_attempt_at + ? WHERE state = 'queued'`,
      )
      .run(tx, jumpMs);
    this.database
      .prepareWrite(
        `UPDATE invitations SET lookup_at = lookup_at + ?
         WHERE state = 'uncertain' AND lookup_at IS NOT NULL`,
      )
      .run(tx, jumpMs);
    this.database
      .prepareWrite('UPDATE invitations SET poll_at = poll_at + ? WHERE poll_at IS NOT NULL')
      .run(tx, jumpMs);
  }

  /** How many have been queued since then (epoch ms) or longer, and since when the first. */
  tallyQueued(before: number): Tally {
    return this.#tally(`state = 'queued' AND queued_at <= ?`, 'queued_at', before);
  }

  /** The same of those that are being sent. */
  tallySending(before: number): Tally {
    return this.#tally(`state = 'sending' AND intent_at <= ?`, 'intent_at', before);
  }

  #tally(condition: string, since: string, before: number): Tally {
    const row = this.database
      .prepare<[number], Tally>(
        `SELECT count(*) AS n, min(${since}) AS since FROM invitations WHERE ${condition}`,
      )
      .get(before);
    return row ?? { n: 0, since: null };
  }

  /** Ends the wait of a queued one. */
  makeDue(tx: Tx, id: InvitationId, now: number): void {
    this.database
      .prepareWrite(`UPDATE invitations SET next_attempt_at = ? WHERE id = ? AND state = 'queued'`)
      .run(tx, now, id);
  }
}

function isRefused({ refused_addresses }: InvitationRow, hash: string): boolean {
  return refused_addresses !== null && (JSON.parse(refused_addresses) as string[]).includes(hash);
}
