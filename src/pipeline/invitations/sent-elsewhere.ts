/**
 * Signs in CodeSubmit's list that someone else may already have sent a candidate a challenge.
 *
 * The decider asks it in its write. The copy of the list may be newer when the challenge is
 * claimed, so the send queue asks again and returns what it finds to a new decision.
 */
import type { Settings } from '../../storage/settings/settings.js';
import type { BridgeClock } from '../../domain/clock.js';
import { CLOCK_ALLOWANCE_MS } from '../../domain/codesubmit-port.js';
import type { ChallengeId, InvitationId, OpportunityId, StageId } from '../../domain/ids.js';
import type { Opportunity } from '../../domain/opportunity.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { InvitationRow } from './invitation-row.js';
import type { InvitationStore } from './invitation-store.js';
import { isRecognised, isUnreadable } from './judge-reading.js';
import type { ListedChallenge, SentListStore } from './sent-list-store.js';

export interface SentElsewhereDeps {
  rows: InvitationStore;
  rules: RuleStore;
  list: SentListStore;
  settings: () => Settings;
  clock: BridgeClock;
}

/** What is to be sent to whom. */
export interface Pair {
  /** All addresses of the profile, as stored. */
  addresses: readonly Buffer[];
  /** The same addresses without plus-parts and the like. */
  personHashes: readonly Buffer[];
  challengeId: ChallengeId;
  reuseMs: number;
}

export class SentElsewhere {
  constructor(private readonly deps: SentElsewhereDeps) {}

  /** Whether this opportunity must not get the challenge without approval. `now`: epoch ms. */
  isHeld(
    opportunity: Opportunity,
    { challengeId, reuseMs }: Pick<Pair, 'challengeId' | 'reuseMs'>,
    now: number,
  ): boolean {
    const { id: opportunityId, stageId, visitAt } = opportunity;
    if (!this.isSimilarSent(opportunity, { challengeId, reuseMs }, now)) return false;
    const visit = { opportunityId, stageId, visitAt, challengeId };
    return !this.deps.rules.isApproved(visit, 'similar_address');
  }

  isSimilarSent(
    { emails }: Opportunity,
    { challengeId, reuseMs }: Pick<Pair, 'challengeId' | 'reuseMs'>,
    now: number,
  ): boolean {
    return this.#isSimilar(this.#pairOf(emails, { challengeId, reuseMs }), now);
  }

  /** Whether it would be adopted rather than sent: someone sent it manually in CodeSubmit. */
  isManuallySent(
    { emails }: Opportunity,
    order: Pick<Pair, 'challengeId' | 'reuseMs'>,
    now: number,
  ): boolean {
    return this.#findManual(this.#pairOf(emails, order), now) !== undefined;
  }

  #pairOf(emails: readonly string[], order: Pick<Pair, 'challengeId' | 'reuseMs'>): Pair {
    const { rows } = this.deps;
    return { ...order, addresses: rows.hashesOf(emails), personHashes: rows.personHashes(emails) };
  }

  /** Whether the copy of the list tells who was sent a challenge, or challenges go at the admin's risk; null before there is one. */
  isListUsable(now: number): boolean | null {
    const { copy } = this.deps.list.state();
    return copy === null ? null : isRecognised(copy) || this.isRiskTaken(now);
  }

  #isSimilar(pair: Pair, now: number): boolean {
    if (this.#findManual(pair, now)) return false;
    const { list, rows } = this.deps;
    return list
      .findOfPerson(pair.personHashes, pair.addresses, pair.challengeId)
      .some((row) => this.#isManual(row, pair, now) && !rows.isOursUnnamed(row));
  }

  /** What CodeSubmit already has of a claimed invitation, within the reuse days. */
  findMade(row: InvitationRow, now: number): ListedChallenge | undefined {
    // A deliberate repetition is sent whatever was made before.
    if (row.repetition > 0) return undefined;
    const { clock, list } = this.deps;
    const since = now - clock.leadMs('codesubmit') - row.reuse_ms;
    const pair = wantedPair(row);
    return (
      this.#findManual(pair, now) ??
      list
        .findEqual(pair.addresses, pair.challengeId)
        .find((one) => this.#isOfSamePerson(one, row, since))
    );
  }

  /**
   * Through another opportunity that no decision knew of, because its address was hashed under a
   * lost key.
   */
  #isOfSamePerson({ id, created }: ListedChallenge, row: InvitationRow, since: number): boolean {
    const owner = this.deps.rows.findByVendorId(id, row.id as InvitationId);
    if (!owner || owner.opportunity_id === row.opportunity_id || created === null) return false;
    return created.from > since + CLOCK_ALLOWANCE_MS;
  }

  /** Whether the list shows a similar address for a claimed invitation, and no admin approved that. */
  isHeldAsSimilar(row: InvitationRow, now: number): boolean {
    if (row.repetition > 0) return false;
    const visit = {
      ...{ opportunityId: row.opportunity_id as OpportunityId, visitAt: row.visit_at },
      ...{ stageId: row.visit_stage_id as StageId, challengeId: row.challenge_id as ChallengeId },
    };
    if (this.deps.rules.isApproved(visit, 'similar_address')) return false;
    return this.#isSimilar(wantedPair(row), now);
  }

  /** Sent to one of the addresses manually in CodeSubmit, within the reuse days. */
  #findManual(pair: Pair, now: number): ListedChallenge | undefined {
    return this.deps.list
      .findEqual(pair.addresses, pair.challengeId)
      .find((row) => this.#isManual(row, pair, now));
  }

  #isManual({ id, created }: ListedChallenge, { reuseMs }: Pair, now: number): boolean {
    const since = now - this.deps.clock.leadMs('codesubmit') - reuseMs;
    return !this.deps.rows.isOurs(id) && (created === null || created.until > since);
  }

  /** Whether the admin takes the risk that the list can't tell who was sent a challenge. */
  isRiskTaken(now: number): boolean {
    if (this.deps.settings().unreadableList !== 'send') return false;
    const state = this.deps.list.state();
    return isUnreadable(state, now) || (state.copy !== null && !isRecognised(state.copy));
  }
}

/** All addresses of the profile; first the one it is sent to. */
function addressesOf({ email_hash, addresses }: InvitationRow): Buffer[] {
  return [email_hash, ...hashesIn(addresses).filter((hash) => !hash.equals(email_hash))];
}

function hashesIn(kept: string | null): Buffer[] {
  return (JSON.parse(kept ?? '[]') as string[]).map((hex) => Buffer.from(hex, 'hex'));
}

function wantedPair(row: InvitationRow): Pair {
  return {
    addresses: addressesOf(row),
    personHashes: hashesIn(row.person_hashes),
    challengeId: row.challenge_id as ChallengeId,
    reuseMs: row.reuse_ms,
  };
}
