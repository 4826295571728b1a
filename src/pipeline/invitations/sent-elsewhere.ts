/**
 * Signs in CodeSubmit's list that someone else may already have sent a candidate a challenge.
 *
 * The decider asks it in its write. The copy of the list may be newer when the challenge is
 * claimed, so the send queue asks again and returns what it finds to a new decision.
 */
import type { Settings } from '../../storage/settings/settings.js';
import type { ChallengeId, InvitationId, OpportunityId, StageId } from '../../domain/ids.js';
import type { Opportunity } from '../../domain/opportunity.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import { whenCreated } from './conclude-lookup.js';
import type { InvitationRow } from '../store/invitation-row.js';
import type { InvitationStore } from './invitation-store.js';
import type { ListedChallenge, SentListStore } from './sent-list-store.js';

export interface SentElsewhereDeps {
  rows: InvitationStore;
  rules: RuleStore;
  list: SentListStore;
  settings: () => Settings;
}

/** Which challenge, and for how long one that was sent before counts. */
export interface Wanted {
  challengeId: ChallengeId;
  reuseMs: number;
}

/** What is to be sent to whom. */
interface Pair extends Wanted {
  /** All addresses of the profile, as stored. */
  addresses: readonly Buffer[];
  /** The same addresses without plus-parts and the like. */
  personHashes: readonly Buffer[];
}

export class SentElsewhere {
  constructor(private readonly deps: SentElsewhereDeps) {}

  /** Whether this opportunity must not get the challenge without approval. */
  isHeld(opportunity: Opportunity, wanted: Wanted): boolean {
    const { id: opportunityId, stageId, visitAt } = opportunity;
    if (!this.isSimilarSent(opportunity, wanted)) return false;
    const visit = { opportunityId, stageId, visitAt, challengeId: wanted.challengeId };
    return !this.deps.rules.isApproved(visit, 'similar_address');
  }

  isSimilarSent({ emails }: Opportunity, wanted: Wanted): boolean {
    return this.#isSimilar(this.#pairOf(emails, wanted));
  }

  /** Whether it would be adopted rather than sent: someone sent it manually in CodeSubmit. */
  isManuallySent({ emails }: Opportunity, wanted: Wanted): boolean {
    return this.#findManual(this.#pairOf(emails, wanted)) !== undefined;
  }

  #pairOf(emails: readonly string[], wanted: Wanted): Pair {
    const { rows } = this.deps;
    return { ...wanted, addresses: rows.hashesOf(emails), personHashes: rows.personHashes(emails) };
  }

  /** Whether the copy of the list tells who was sent a challenge, or challenges go at the admin's risk; null before there is one. */
  isListUsable(): boolean | null {
    const { list, settings } = this.deps;
    const { copy } = list.state();
    return copy === null ? null : list.isRecognised(copy) || settings().unreadableList === 'send';
  }

  /** What CodeSubmit already has of a claimed invitation, within the reuse days. */
  findMade(row: InvitationRow): ListedChallenge | undefined {
    if (row.repetition > 0) return this.#findRepeated(row);
    const wanted = wantedPair(row);
    return (
      this.#findManual(wanted) ??
      this.deps.list
        .findEqual(wanted.addresses, wanted.challengeId)
        .find((one) => this.#isOfSamePerson(one, row))
    );
  }

  /** A deliberate repetition is sent whatever was made before its own first intent. */
  #findRepeated(row: InvitationRow): ListedChallenge | undefined {
    const { list, rows } = this.deps;
    const { intent_at_vendor: intentAt, absences } = row;
    if (absences === 0 || intentAt === null) return undefined;
    return list
      .findEqual(addressesOf(row), row.challenge_id as ChallengeId)
      .find((one) => !rows.isOurs(one.id) && whenCreated(one, intentAt) !== 'before');
  }

  /**
   * Through another opportunity whose invitation no decision counted: its person was forgotten, or CodeSubmit listed it
   * under another address of the profile.
   */
  #isOfSamePerson({ id, created }: ListedChallenge, row: InvitationRow): boolean {
    const owner = this.deps.rows.findByVendorId(id, row.id as InvitationId);
    if (!owner || owner.opportunity_id === row.opportunity_id || created === null) return false;
    return whenCreated({ created }, this.#since(row.reuse_ms)) === 'since';
  }

  /** Whether the list shows a similar address for a claimed invitation, and no admin approved that. */
  isHeldAsSimilar(row: InvitationRow): boolean {
    if (row.repetition > 0) return false;
    const visit = {
      opportunityId: row.opportunity_id as OpportunityId,
      visitAt: row.visit_at,
      stageId: row.visit_stage_id as StageId,
      challengeId: row.challenge_id as ChallengeId,
    };
    if (this.deps.rules.isApproved(visit, 'similar_address')) return false;
    return this.#isSimilar(wantedPair(row));
  }

  #isSimilar(pair: Pair): boolean {
    if (this.#findManual(pair)) return false;
    const { list, rows } = this.deps;
    return list
      .findOfPerson(pair.personHashes, pair.addresses, pair.challengeId)
      .some((row) => this.#isManual(row, pair) && !rows.isOursUnnamed(row));
  }

  /** Sent to one of the addresses manually in CodeSubmit, within the reuse days. */
  #findManual(pair: Pair): ListedChallenge | undefined {
    return this.deps.list
      .findEqual(pair.addresses, pair.challengeId)
      .find((row) => this.#isManual(row, pair));
  }

  #isManual({ id, created }: ListedChallenge, { reuseMs }: Wanted): boolean {
    if (this.deps.rows.isOurs(id)) return false;
    return created === null || created.until > this.#since(reuseMs);
  }

  /** By CodeSubmit's clock, like the dates of its rows. */
  #since(reuseMs: number): number {
    return (this.deps.list.state().copy?.vendorAt ?? 0) - reuseMs;
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
