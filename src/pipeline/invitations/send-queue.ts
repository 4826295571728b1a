/** Claims invitations by writing their intent, and settles what became of them. Each method is one durable write. */
import { invitationPlace } from '../../storage/home/sealed-places.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { toStorageError } from '../../storage/database/storage-error.js';
import { DAY_MS } from '../../domain/clock.js';
import { normalizeEmail } from '../../domain/email.js';
import type { ChallengeId, InvitationId, OpportunityId, StageId } from '../../domain/ids.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { ChallengeOrder, SentChallenge } from '../../domain/codesubmit-port.js';
import type { LookupKind } from './conclude-lookup.js';
import type { Freshness } from './freshness.js';
import { CLOCK_ALLOWANCE_MS } from './judge-control.js';
import type { LeverUpdates } from './lever-updates.js';
import type { ListedChallenge, SentListStore } from './sent-list-store.js';
import type { Pair, SentElsewhere } from './sent-elsewhere.js';
import type { InvitationRow, InvitationStore } from './invitation-store.js';

export interface ClaimedInvitation {
  id: InvitationId;
  opportunityId: OpportunityId;
  claim: string;
  /** Attempts including this one. */
  attempts: number;
  order: ChallengeOrder;
  /** How it is looked up when nothing else settles it; null as long as the request surely hasn't left. */
  lookupKind: LookupKind | null;
}

export interface ClaimResult {
  claimed: ClaimedInvitation[];
  /** How many were too old to go and wait for a fresh decision now. */
  stale: number;
  /** How many had been sent by hand in CodeSubmit. */
  adopted: number;
}

/** What one attempt came to; `detail` is shown in the timeline and holds no personal data. */
export interface AttemptRecord {
  outcome: string;
  detail: string | null;
}

/** What is kept of what CodeSubmit has. */
export type SentState = Pick<SentChallenge, 'id' | 'link' | 'status' | 'commitsCount'>;

const RETURNED_EXISTING = 'vendor_returned_existing';

export interface Lookup {
  kind: LookupKind;
  /** When to look first, epoch ms. */
  at: number;
}

const MAX_STALE = 1_000;

export interface SendQueueDeps {
  database: Database;
  sealer: Sealer;
  rows: InvitationStore;
  rules: RuleStore;
  integration: IntegrationStore;
  news: LeverUpdates;
  freshness: Freshness;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
  sentElsewhere: SentElsewhere;
  /** When CodeSubmit is first asked how far somebody is who is invited now; epoch ms, both. */
  firstPollAt: (invitedAt: number) => number;
  /** How far our calendar is ahead of CodeSubmit's, in ms. */
  leadMs: () => number;
  /** Lever's time, epoch ms. */
  leverNow: () => number;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
}

export class SendQueue {
  readonly #deps: SendQueueDeps;
  readonly #due;

  constructor(deps: SendQueueDeps) {
    this.#deps = deps;
    this.#due = deps.database.prepare<[number, number], InvitationRow>(
      `SELECT * FROM invitations WHERE state = 'queued' AND awaits_decision = 0
       AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?`,
    );
  }

  /**
   * Writes the intent of up to `limit` due invitations. Nothing is claimed unless the integration is active in this
   * very transaction; a row whose decision is no longer fresh is marked for a new one instead, and one that somebody
   * sent manually in CodeSubmit is adopted from the copy of its list.
   */
  claimDue(now: number, limit: number, claim: string): Promise<ClaimResult> {
    const { database, integration, freshness, sentElsewhere } = this.#deps;
    return database.write((tx) => {
      if (integration.state() !== 'active') return { claimed: [], stale: 0, adopted: 0 };
      const { version } = integration.read();
      const due = this.#due.all(now, limit);
      const isRiskTaken = sentElsewhere.isRiskTaken(now);
      const isFresh = ({ id }: Pick<InvitationRow, 'id'>): boolean =>
        freshness.isFresh(id as InvitationId, version, isRiskTaken);
      const fresh = due.filter(isFresh);
      if (fresh.length < due.length) this.#awaitStale(tx, now, isFresh);
      const readable = fresh.filter((row) => this.#isReadable(tx, row));
      const notAdopted = readable.filter((row) => !this.#isAdopted(tx, row, now));
      const toSend = notAdopted.filter((row) => !this.#isNowSimilar(tx, row, now));
      return {
        claimed: toSend.map((row) => this.#intend(tx, row, now, claim)),
        stale: due.length - readable.length + notAdopted.length - toSend.length,
        adopted: readable.length - notAdopted.length,
      };
    });
  }

  /** Whether anything may be due: a cheap look before CodeSubmit's list is read for it. */
  hasDue(now: number): boolean {
    return this.#due.all(now, 1).length > 0;
  }

  /** CodeSubmit has it already, within the reuse days: nothing is sent, and Lever is owed its link. */
  #isAdopted(tx: Tx, row: InvitationRow, now: number): boolean {
    // A deliberate repetition is wanted whatever was made before.
    if (row.repetition > 0) return false;
    const { sentElsewhere, leadMs, list } = this.#deps;
    const since = now - leadMs() - row.reuse_ms;
    const pair = pairOf(row);
    const made =
      sentElsewhere.findManual(pair, now) ??
      list
        .findEqual(pair.addresses, pair.challengeId)
        .find((one) => this.#isOfSamePerson(one, row, since));
    if (!made) return false;
    this.adopt(tx, row, made, now);
    return true;
  }

  /** The list is younger than the decision, and shows a similar address: a fresh decision holds it. */
  #isNowSimilar(tx: Tx, row: InvitationRow, now: number): boolean {
    if (row.repetition > 0 || this.#isApproved(row)) return false;
    if (!this.#deps.sentElsewhere.isSimilar(pairOf(row), now)) return false;
    this.#awaitDecision(tx, row.id as InvitationId);
    return true;
  }

  #isApproved(row: InvitationRow): boolean {
    const visit = {
      ...{ opportunityId: row.opportunity_id as OpportunityId, visitAt: row.visit_at },
      ...{ stageId: row.visit_stage_id as StageId, challengeId: row.challenge_id as ChallengeId },
    };
    return this.#deps.rules.isApproved(visit, 'similar_address');
  }

  /** Through another opportunity, which no decision knew of: their address was hashed under a key that is lost. */
  #isOfSamePerson({ id, created }: ListedChallenge, row: InvitationRow, since: number): boolean {
    const owner = this.#findByVendorId(id, row.id as InvitationId);
    if (!owner || owner.opportunity_id === row.opportunity_id || created === null) return false;
    return created.from > since + CLOCK_ALLOWANCE_MS;
  }

  /** CodeSubmit has it already, so it counts as sent. */
  adopt(tx: Tx, row: InvitationRow, sent: SentState, now: number): void {
    this.#markInvited(tx, row.id as InvitationId, sent, now);
    this.#setDetail(tx, row.id, 'adopted');
    this.record(tx, row.id, { outcome: 'adopted', detail: null }, now);
  }

  /** Unless it says already where it came from. */
  #setDetail(tx: Tx, id: number, detail: string): void {
    this.#deps.database
      .prepareWrite('UPDATE invitations SET detail = coalesce(detail, ?) WHERE id = ?')
      .run(tx, detail, id);
  }

  /** The next look stores the address again for one whose can't be decrypted. */
  #isReadable(tx: Tx, row: InvitationRow): boolean {
    if (row.sealed_email === null || this.#emailOf(row) !== null) return true;
    this.#awaitDecision(tx, row.id as InvitationId);
    return false;
  }

  #awaitDecision(tx: Tx, id: InvitationId): void {
    const { database, freshness } = this.#deps;
    database.prepareWrite('UPDATE invitations SET awaits_decision = 1 WHERE id = ?').run(tx, id);
    freshness.forget(id);
  }

  /** What can't be decrypted is nobody's address. */
  #pairOf(row: InvitationRow): Pick<ChallengeOrder, 'challengeId' | 'email'> {
    return { challengeId: row.challenge_id as ChallengeId, email: this.#emailOf(row) ?? '' };
  }

  #emailOf(row: InvitationRow): string | null {
    if (row.sealed_email === null) return null;
    return this.#deps.sealer.tryOpen(row.sealed_email, invitationPlace('sealed_email', row));
  }

  /** All that can't go any more, at once: many of one stage are read together. */
  #awaitStale(tx: Tx, now: number, isFresh: (row: InvitationRow) => boolean): void {
    const mark = this.#deps.database.prepareWrite(
      'UPDATE invitations SET awaits_decision = 1 WHERE id = ?',
    );
    for (const row of this.#due.all(now, MAX_STALE)) if (!isFresh(row)) mark.run(tx, row.id);
  }

  #intend(tx: Tx, row: InvitationRow, now: number, claim: string): ClaimedInvitation {
    this.#deps.database
      .prepareWrite(
        `UPDATE invitations SET state = 'sending', claim = ?, intent_at = ?, intent_at_vendor = ?,
           went_at = ?, attempts = attempts + 1, reason = NULL, detail = NULL WHERE id = ?`,
      )
      .run(tx, claim, now, now - this.#deps.leadMs(), this.#deps.leverNow(), row.id);
    return {
      id: row.id as InvitationId,
      opportunityId: row.opportunity_id as OpportunityId,
      claim,
      lookupKind: null,
      attempts: row.attempts + 1,
      order: {
        ...this.#pairOf(row),
        challengeName: row.challenge_name,
        firstName: row.first_name ?? '',
        lastName: row.last_name ?? '',
        dueAt: row.due_days === null ? null : now + row.due_days * DAY_MS,
        timeLimitMinutes: row.time_limit_minutes,
      },
    };
  }

  /** CodeSubmit took it: invited, and Lever is owed the link. */
  settleInvited(claimed: ClaimedInvitation, sent: SentChallenge, now: number): Promise<void> {
    const { rows, integration, settleMs } = this.#deps;
    return this.#settle(claimed, { outcome: 'invited', detail: null }, now, (tx) => {
      const isOlder = this.#isOlder(claimed.id, sent);
      this.#markInvited(tx, claimed.id, sent, now);
      if (isOlder) this.#setDetail(tx, claimed.id, RETURNED_EXISTING);
      rows.lookUpByControl(tx, now + settleMs());
      if (isRewritten(claimed.order.email, sent.email) || isOfAnother(claimed, sent)) {
        integration.noteAddressesRewritten(tx, now);
      }
    });
  }

  /** By its date it was made before we asked for it: CodeSubmit returned what it had. */
  #isOlder(id: InvitationId, { created }: SentChallenge): boolean {
    const askedAt = this.#deps.rows.get(id)?.intent_at_vendor ?? null;
    if (created === null || askedAt === null) return false;
    return created.until < askedAt - CLOCK_ALLOWANCE_MS;
  }

  /** Nobody knows whether CodeSubmit took it: it is looked up, first at `lookup.at` (epoch ms). */
  settleUncertain(
    claimed: ClaimedInvitation,
    why: string,
    lookup: Lookup,
    now: number,
  ): Promise<void> {
    return this.#settle(claimed, { outcome: 'uncertain', detail: why }, now, (tx) => {
      this.#setUncertain(tx, claimed.id, why, lookup);
    });
  }

  #setUncertain(tx: Tx, id: InvitationId, why: string, lookup: Lookup): void {
    this.#setState(tx, id, 'uncertain', 'unknown_outcome', why);
    this.#deps.database
      .prepareWrite(
        `UPDATE invitations SET lookup_kind = ?, lookup_at = ?, lookups = 0, absent_reads = 0
         WHERE id = ?`,
      )
      .run(tx, lookup.kind, lookup.at, id);
  }

  /**
   * Gives the claim up after an error that nobody foresaw; nothing when it is settled already. What may have left is
   * looked up from `lookupAt` on, anything else queued again, due at `dueAt` (epoch ms, both).
   */
  release(
    claimed: ClaimedInvitation,
    { lookupAt, dueAt, usesAttempt }: { lookupAt: number; dueAt: number; usesAttempt: boolean },
    why: string,
    now: number,
  ): Promise<void> {
    return this.#deps.database.write((tx) => {
      if (!this.#isClaimed(claimed)) return;
      const { lookupKind: kind } = claimed;
      if (kind) this.#setUncertain(tx, claimed.id, why, { kind, at: lookupAt });
      else this.#queueAgain(tx, claimed, dueAt, usesAttempt);
      this.#finish(tx, claimed, { outcome: kind ? 'uncertain' : 'later', detail: why }, now);
    });
  }

  settleFailed(
    claimed: ClaimedInvitation,
    reason: string,
    detail: string,
    now: number,
  ): Promise<void> {
    return this.#settle(claimed, { outcome: reason, detail }, now, (tx) => {
      this.#setState(tx, claimed.id, 'failed', reason, detail);
      this.#deps.database
        .prepareWrite(
          `UPDATE invitations SET refused_addresses =
             json_insert(coalesce(refused_addresses, '[]'), '$[#]', lower(hex(email_hash)))
           WHERE id = ?`,
        )
        .run(tx, claimed.id);
    });
  }

  /** It surely had no effect and uses up no attempt: queued again, due at `dueAt` (epoch ms). */
  settleLater(claimed: ClaimedInvitation, dueAt: number, why: string, now: number): Promise<void> {
    return this.#settle(claimed, { outcome: 'later', detail: why }, now, (tx) => {
      this.#queueAgain(tx, claimed, dueAt);
    });
  }

  /** CodeSubmit refuses our account: nobody fails, everything waits. Returns whether that is news. */
  async settleUnauthorized(claimed: ClaimedInvitation, why: string, now: number): Promise<boolean> {
    let isNews = false;
    await this.#settle(claimed, { outcome: 'unauthorized', detail: why }, now, (tx) => {
      this.#queueAgain(tx, claimed, now);
      isNews = this.#deps.integration.noteRefusal(tx, 'codesubmit', now, why);
    });
    return isNews;
  }

  /**
   * CodeSubmit doesn't know the challenge: all that is queued for it is decided again, and held. What a person asked
   * for has no rule that could hold it: it fails.
   */
  settleUnknownChallenge(claimed: ClaimedInvitation, why: string, now: number): Promise<void> {
    const { challengeId } = claimed.order;
    return this.#settle(claimed, { outcome: 'unknown_challenge', detail: why }, now, (tx) => {
      this.#deps.rules.markChallengeUnknown(tx, challengeId, now);
      this.#queueAgain(tx, claimed, now);
      this.#deps.database
        .prepareWrite(
          `UPDATE invitations SET awaits_decision = 1 - is_by_hand,
             state = CASE is_by_hand WHEN 1 THEN 'failed' ELSE state END,
             reason = CASE is_by_hand WHEN 1 THEN 'unknown_challenge' ELSE reason END
           WHERE challenge_id = ? AND state = 'queued'`,
        )
        .run(tx, challengeId);
    });
  }

  /**
   * Intents of a process that died: called once at start, under the home's lock. Its connections closed with it, so
   * they may be looked up from `lookupAt` (epoch ms). Returns how many there were.
   */
  settleOrphans(now: number, lookupAt: number): Promise<number> {
    const { database } = this.#deps;
    return database.write((tx) => {
      const orphans = database
        .prepare<[], { id: number }>(`SELECT id FROM invitations WHERE state = 'sending'`)
        .all();
      for (const { id } of orphans) {
        const lookup: Lookup = { kind: 'unanswered', at: lookupAt };
        this.#setUncertain(tx, id as InvitationId, 'interrupted', lookup);
        this.record(tx, id, { outcome: 'uncertain', detail: 'interrupted' }, now);
      }
      database
        .prepareWrite(
          `UPDATE invitations SET next_attempt_at = min(next_attempt_at, ?) WHERE state = 'queued'`,
        )
        .run(tx, now);
      // One further away was put off by a clock that was wrong.
      database
        .prepareWrite(
          `UPDATE invitations SET lookup_at = ? WHERE state = 'uncertain' AND lookup_at > ?`,
        )
        .run(tx, lookupAt, lookupAt);
      return orphans.length;
    });
  }

  /** An admin found it at CodeSubmit, with or without its link. */
  settleSentByHand(tx: Tx, row: InvitationRow, link: string | null, now: number): void {
    const id = row.id as InvitationId;
    this.#markInvited(tx, id, { id: null, link, status: null, commitsCount: null }, now);
    this.record(tx, id, { outcome: 'settled_sent', detail: null }, now);
  }

  /** What the list shows that can be this one, of which an admin said that it was sent. */
  findSentOf(row: InvitationRow): ListedChallenge[] {
    const since = (row.intent_at_vendor ?? 0) - CLOCK_ALLOWANCE_MS;
    const { challengeId, email } = this.#pairOf(row);
    return this.#deps.list
      .findEqual([this.#deps.sealer.hashEmail(email)], challengeId)
      .filter(
        ({ id, created }) => !this.#deps.rows.isOurs(id) && (created?.until ?? since) >= since,
      );
  }

  /**
   * CodeSubmit's list shows the id or the link of one that was sent, which its answer did not. One
   * without an id was sent by an admin's word, who may have put its link into Lever too.
   */
  name(
    tx: Tx,
    row: InvitationRow,
    { id, link }: Pick<SentState, 'id' | 'link'>,
    now: number,
  ): void {
    const { database, sealer, news } = this.#deps;
    database
      .prepareWrite(
        `UPDATE invitations SET vendor_id = ?, sealed_link = coalesce(sealed_link, ?),
           detail = iif(vendor_id IS NULL, 'adopted', detail) WHERE id = ?`,
      )
      .run(
        tx,
        id,
        link === null ? null : sealer.seal(link, invitationPlace('sealed_link', row)),
        row.id,
      );
    news.invited(tx, row.id as InvitationId, now);
  }

  /** An admin found that CodeSubmit never had it; it goes after a fresh decision. */
  settleNotSentByHand(tx: Tx, row: InvitationRow, now: number): void {
    this.queueForDecision(tx, row, now);
    this.record(tx, row.id, { outcome: 'settled_not_sent', detail: null }, now);
  }

  /**
   * A failed one goes again after a fresh decision. False for one that can't, since the visit or the
   * person was promised a challenge otherwise: it is cancelled.
   */
  queueFailedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
    const canGo = this.#isQueuedAgain(tx, row, now);
    if (!canGo) {
      this.#deps.database
        .prepareWrite(
          `UPDATE invitations SET state = 'cancelled', reason = 'already_invited' WHERE id = ?`,
        )
        .run(tx, row.id);
    }
    this.record(tx, row.id, { outcome: 'retried', detail: null }, now);
    return canGo;
  }

  /** False where the database refuses it, whose own constraints say what may be promised twice. */
  #isQueuedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
    try {
      this.queueForDecision(tx, row, now);
      return true;
    } catch (error) {
      if (toStorageError(error).code !== 'conflict') throw error;
      return false;
    }
  }

  /** Nothing went, and only a fresh decision may let it go again. */
  queueForDecision(tx: Tx, row: InvitationRow, now: number): void {
    this.#deps.database
      .prepareWrite(
        `UPDATE invitations SET state = 'queued', awaits_decision = 1, claim = NULL, reason = NULL,
           detail = NULL, attempts = 0, lookup_at = NULL, next_attempt_at = ? WHERE id = ?`,
      )
      .run(tx, now, row.id);
  }

  #settle(
    claimed: ClaimedInvitation,
    record: AttemptRecord,
    now: number,
    apply: (tx: Tx) => void,
  ): Promise<void> {
    return this.#deps.database.writeWithRetry((tx) => {
      if (!this.#isClaimed(claimed)) {
        throw new Error(`invitation ${String(claimed.id)} is no longer claimed by this attempt`);
      }
      apply(tx);
      this.#finish(tx, claimed, record, now);
    });
  }

  #isClaimed({ id, claim }: ClaimedInvitation): boolean {
    const row = this.#deps.rows.get(id);
    return row?.state === 'sending' && row.claim === claim;
  }

  #finish(tx: Tx, { id }: ClaimedInvitation, record: AttemptRecord, now: number): void {
    this.record(tx, id, record, now);
    this.#deps.freshness.forget(id);
  }

  /** A reply whose id is already a row's: the vendor returned what it had, and its link is shared. */
  #markInvited(tx: Tx, id: InvitationId, sent: SentState, now: number): void {
    const { database, news, firstPollAt, leverNow } = this.#deps;
    const existing = this.#findByVendorId(sent.id, id);
    const link = sent.link ?? this.#linkOf(existing);
    const sealedLink = link === null ? null : this.#sealLink(link, id);
    database
      .prepareWrite(
        `UPDATE invitations SET state = 'invited', claim = NULL, vendor_id = ?, sealed_link = ?,
           status_number = ?, commits_count = ?, progress = 'invited', progress_at = ?, poll_at = ?,
           reason = NULL, detail = ?, invited_at = ?, went_at = coalesce(counts_from, ?), lookup_at = NULL
         WHERE id = ?`,
      )
      .run(
        tx,
        ...[sent.id, sealedLink, sent.status, sent.commitsCount, now],
        firstPollAt(now),
        existing ? RETURNED_EXISTING : null,
        ...[now, leverNow(), id],
      );
    news.invited(tx, id, now);
  }

  #sealLink(link: string, id: InvitationId): Buffer {
    const { rows, sealer } = this.#deps;
    const row = rows.get(id);
    if (!row) throw new Error(`there is no invitation ${String(id)}`);
    return sealer.seal(link, invitationPlace('sealed_link', row));
  }

  #linkOf(row: InvitationRow | undefined): string | null {
    if (!row?.sealed_link) return null;
    return this.#deps.sealer.tryOpen(row.sealed_link, invitationPlace('sealed_link', row));
  }

  #findByVendorId(vendorId: string | null, except: InvitationId): InvitationRow | undefined {
    if (vendorId === null) return undefined;
    return this.#deps.database
      .prepare<[string, number], InvitationRow>(
        'SELECT * FROM invitations WHERE vendor_id = ? AND id <> ? ORDER BY id LIMIT 1',
      )
      .get(vendorId, except);
  }

  /** Much may have changed while it was out: a fresh decision lets it go again. */
  #queueAgain(tx: Tx, { id }: ClaimedInvitation, dueAt: number, usesAttempt = false): void {
    this.#deps.database
      .prepareWrite(
        `UPDATE invitations SET state = 'queued', claim = NULL, attempts = attempts - ?,
           awaits_decision = 1, next_attempt_at = ? WHERE id = ?`,
      )
      .run(tx, usesAttempt ? 0 : 1, dueAt, id);
  }

  #setState(tx: Tx, id: InvitationId, state: string, reason: string, detail: string): void {
    this.#deps.database
      .prepareWrite(
        'UPDATE invitations SET state = ?, claim = NULL, reason = ?, detail = ? WHERE id = ?',
      )
      .run(tx, state, reason, detail, id);
  }

  /** One line of the invitation's timeline. */
  record(
    tx: Tx,
    id: number,
    record: AttemptRecord,
    now: number,
    effect: 'send' | 'progress' = 'send',
  ): void {
    this.#deps.database
      .prepareWrite(
        `INSERT INTO attempts (invitation_id, effect, at, outcome, detail) VALUES (?, ?, ?, ?, ?)`,
      )
      .run(tx, id, effect, now, record.outcome, record.detail);
  }
}

/** Whether the vendor keeps another address than it was sent; another spelling is none. */
function isRewritten(sent: string, kept: string | null): boolean {
  return kept !== null && normalizeEmail(kept) !== normalizeEmail(sent);
}

/** Whether the reply names a challenge, and another than was asked for. */
function isOfAnother({ order }: ClaimedInvitation, { challenge }: SentChallenge): boolean {
  const named = [...challenge.ids, ...challenge.names].map((name) => name.trim());
  const asked = [order.challengeId, order.challengeName];
  return named.length > 0 && !named.some((name) => asked.includes(name));
}

/** All of the profile, the one that it goes to first. */
function addressesOf({ email_hash, addresses }: InvitationRow): Buffer[] {
  return [email_hash, ...hashesIn(addresses).filter((hash) => !hash.equals(email_hash))];
}

function hashesIn(kept: string | null): Buffer[] {
  return (JSON.parse(kept ?? '[]') as string[]).map((hex) => Buffer.from(hex, 'hex'));
}

function pairOf(row: InvitationRow): Pair {
  return {
    addresses: addressesOf(row),
    personHashes: hashesIn(row.person_hashes),
    challengeId: row.challenge_id as ChallengeId,
    reuseMs: row.reuse_ms,
  };
}
