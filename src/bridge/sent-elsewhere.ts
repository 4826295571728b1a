/**
 * Signs in CodeSubmit's list that someone else may already have sent a candidate a challenge.
 *
 * The decider asks it in its write. The copy of the list may be newer when the challenge is
 * claimed, so the send queue asks again and returns what it finds to a new decision.
 */
import type { ChallengeId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';
import { isApproved } from '../store/approvals.js';
import type { Bridge } from './bridge.js';
import { whenCreated } from './conclude-lookup.js';
import { visitOf, type InvitationRow } from '../store/invitation-row.js';
import type { ListedChallenge } from '../store/sent-list-store.js';
import type { Recipient } from './recipients.js';

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
  constructor(
    private readonly bridge: Pick<Bridge, 'database' | 'invitations' | 'list' | 'currentSettings'>,
  ) {}

  /** Whether this opportunity must not get the challenge without approval. */
  isHeld(opportunity: Opportunity, wanted: Wanted): boolean {
    if (!this.isSimilarSent(opportunity, wanted)) return false;
    return !isApproved(this.bridge.database, opportunity, wanted.challengeId, 'similar_address');
  }

  isSimilarSent({ emails }: Pick<Recipient, 'emails'>, wanted: Wanted): boolean {
    return this.#isSimilar(this.#pairOf(emails, wanted));
  }

  /** Whether it would be adopted rather than sent: someone sent it manually in CodeSubmit. */
  isManuallySent({ emails }: Opportunity, wanted: Wanted): boolean {
    return this.#findManual(this.bridge.invitations.hashesOf(emails), wanted) !== undefined;
  }

  #pairOf(emails: readonly string[], wanted: Wanted): Pair {
    const { invitations } = this.bridge;
    return {
      ...wanted,
      addresses: invitations.hashesOf(emails),
      personHashes: invitations.personHashes(emails),
    };
  }

  /** Whether the copy of the list tells who was sent a challenge, or challenges go at the admin's risk; null before there is one. */
  isListUsable(): boolean | null {
    const { list, currentSettings } = this.bridge;
    const { copy } = list.state();
    return copy === null
      ? null
      : list.isRecognised(copy) || currentSettings().unreadableList === 'send';
  }

  /** What CodeSubmit already has of a claimed invitation, within the reuse days. */
  findMade(row: InvitationRow): ListedChallenge | undefined {
    if (row.repetition > 0) return this.#findRepeated(row);
    const wanted = { challengeId: row.challenge_id, reuseMs: row.reuse_ms };
    const addresses = addressesOf(row);
    return (
      this.#findManual(addresses, wanted) ??
      this.bridge.list
        .findEqual(addresses, row.challenge_id)
        .find((one) => this.#isOfSamePerson(one, row))
    );
  }

  /** A deliberate repetition is sent whatever was made before its own first intent. */
  #findRepeated(row: InvitationRow): ListedChallenge | undefined {
    const { list, invitations } = this.bridge;
    const { intent_at_vendor: intentAt, absences } = row;
    if (absences === 0 || intentAt === null) return undefined;
    return list
      .findEqual(addressesOf(row), row.challenge_id)
      .find((one) => !invitations.isOurs(one.id) && whenCreated(one, intentAt) !== 'before');
  }

  /**
   * Through another opportunity whose invitation no decision counted: its person was forgotten, or CodeSubmit listed it
   * under another address of the profile.
   */
  #isOfSamePerson({ id, created }: ListedChallenge, row: InvitationRow): boolean {
    const owner = this.bridge.invitations.findByVendorId(id, row.id);
    if (!owner || owner.opportunity_id === row.opportunity_id || created === null) return false;
    return whenCreated({ created }, this.#since(row.reuse_ms)) === 'since';
  }

  /** Whether the list shows a similar address for a claimed invitation, and no admin approved that. */
  isHeldAsSimilar(row: InvitationRow, { emails }: Recipient): boolean {
    if (row.repetition > 0) return false;
    const { database } = this.bridge;
    if (isApproved(database, visitOf(row), row.challenge_id, 'similar_address')) return false;
    return this.isSimilarSent({ emails }, { challengeId: row.challenge_id, reuseMs: row.reuse_ms });
  }

  #isSimilar(pair: Pair): boolean {
    if (this.#findManual(pair.addresses, pair)) return false;
    const { list, invitations } = this.bridge;
    return list
      .findOfPerson(pair.personHashes, pair.addresses, pair.challengeId)
      .some((row) => this.#isManual(row, pair) && !invitations.isOursUnnamed(row));
  }

  /** Sent to one of the addresses manually in CodeSubmit, within the reuse days. */
  #findManual(addresses: readonly Buffer[], wanted: Wanted): ListedChallenge | undefined {
    return this.bridge.list
      .findEqual(addresses, wanted.challengeId)
      .find((row) => this.#isManual(row, wanted));
  }

  #isManual({ id, created }: ListedChallenge, { reuseMs }: Wanted): boolean {
    if (this.bridge.invitations.isOurs(id)) return false;
    return created === null || created.until > this.#since(reuseMs);
  }

  /** By CodeSubmit's clock, like the dates of its rows. */
  #since(reuseMs: number): number {
    return (this.bridge.list.state().copy?.vendorAt ?? 0) - reuseMs;
  }
}

/** All addresses of the profile; first the one it is sent to. */
function addressesOf({ email_hash, addresses }: InvitationRow): Buffer[] {
  const all = (JSON.parse(addresses ?? '[]') as string[]).map((hex) => Buffer.from(hex, 'hex'));
  return [email_hash, ...all.filter((hash) => !hash.equals(email_hash))];
}
