/** The only writer of invitations and of who shares them. Changes of one row by id are `insert` and `update`. */
import type { ChallengeId, InvitationId, OpportunityId } from '../../domain/ids.js';
import type { InvitationState } from '../../domain/invitation.js';
import type { Opportunity } from '../../domain/opportunity.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { invitationPlace, type Sealer } from '../../storage/home/sealer.js';
import { endSharing } from '../store/invitations.js';
import { InvitationQueries } from './invitation-queries.js';
import type { InvitationRow } from '../store/invitation-row.js';

/** `counts_from` is worked out by the database. */
export type InvitationChanges = Partial<Omit<InvitationRow, 'id' | 'counts_from'>>;

const UNPROVEN = `('no_control', 'rows_not_recognised', 'list_lags', 'list_incomplete',
  'accepted_but_not_listed', 'internal error')`;

/**
 * Why no reading can settle it for now: a person can, or a later reading. In SQL, as stored in
 * `detail`.
 */
export const IS_LEFT_TO_PERSON = `(lookup_at IS NULL OR detail IN ${UNPROVEN})`;

export class InvitationStore extends InvitationQueries {
  readonly #noteAddresses;

  constructor(database: Database, sealer: Sealer) {
    super(database, sealer);
    this.#noteAddresses = database.prepareWrite<[{ id: string; now: number; hashes: string }]>(
      `UPDATE invitations SET address_gone_at = CASE WHEN address_gone_at IS NULL THEN :now END
       WHERE opportunity_id = :id AND state IN ('sending', 'uncertain', 'invited', 'linked')
         AND addresses IS NOT NULL AND (address_gone_at IS NULL)
           = (lower(hex(email_hash)) NOT IN (SELECT value FROM json_each(:hashes)))`,
    );
  }

  // One row.

  insert(tx: Tx, values: InvitationChanges): InvitationId {
    const columns = Object.keys(values);
    const { lastInsertRowid } = this.database
      .prepareWrite<unknown[]>(
        `INSERT INTO invitations (${columns.join(', ')})
         VALUES (${columns.map(() => '?').join(', ')})`,
      )
      .run(tx, ...Object.values(values));
    return Number(lastInsertRowid) as InvitationId;
  }

  /** Returns whether the row is there, and in that state if one is named. */
  update(tx: Tx, id: number, changes: InvitationChanges, onlyIn?: InvitationState): boolean {
    const assignments = Object.keys(changes).map((column) => `${column} = ?`);
    const only = onlyIn === undefined ? '' : ` AND state = '${onlyIn}'`;
    const { changes: changed } = this.database
      .prepareWrite<unknown[]>(
        `UPDATE invitations SET ${assignments.join(', ')} WHERE id = ?${only}`,
      )
      .run(tx, ...Object.values(changes), id);
    return changed === 1;
  }

  /** As it is stored in the row: to be read, and to be found once it is erased. */
  columnsOf(
    row: InvitationRow,
    link: string | null,
  ): Pick<InvitationRow, 'sealed_link' | 'link_hash'> {
    if (link === null) return { sealed_link: null, link_hash: null };
    return {
      sealed_link: this.sealer.seal(link, invitationPlace('sealed_link', row)),
      link_hash: this.sealer.hashLink(link),
    };
  }

  /** CodeSubmit refused the address that it went to. */
  noteRefusedAddress(tx: Tx, id: InvitationId): void {
    this.#change(
      tx,
      `refused_addresses = json_insert(coalesce(refused_addresses, '[]'), '$[#]', lower(hex(email_hash)))
       WHERE id = ?`,
      id,
    );
  }

  // Many rows.

  /**
   * Marks invitations sent to an address no longer in the profile, and unmarks those whose address
   * is back.
   */
  noteAddresses(tx: Tx, { id, emails }: Opportunity, now: number): void {
    this.#noteAddresses.run(tx, { id, now, hashes: this.hashAll(emails) });
  }

  /** Cancels what rules queued for the opportunity, except for the challenge to keep. */
  cancelQueued(
    tx: Tx,
    opportunityId: OpportunityId,
    reason: string,
    except: ChallengeId | null,
  ): void {
    this.#cancel(tx, reason, 'opportunity_id = ? AND is_by_hand = 0 AND challenge_id IS NOT ?', [
      opportunityId,
      except,
    ]);
  }

  /** Nothing stays queued: the integration is revoked. */
  cancelAllQueued(tx: Tx, reason: string): void {
    this.#cancel(tx, reason, 'TRUE', []);
  }

  cancelRepetitions(tx: Tx, reason: string): void {
    this.#cancel(tx, reason, 'repetition > 0', []);
  }

  #cancel(tx: Tx, reason: string, condition: string, values: unknown[]): void {
    const set = `state = 'cancelled', reason = ?, awaits_decision = 0`;
    this.#change(tx, `${set} WHERE state = 'queued' AND ${condition}`, reason, ...values);
  }

  /** All that is queued for a challenge that CodeSubmit doesn't know is decided again. What an admin asked for has no rule that could hold it: it fails. */
  noteUnknownChallenge(tx: Tx, challengeId: ChallengeId): void {
    this.#change(
      tx,
      `awaits_decision = 1 - is_by_hand,
         state = CASE is_by_hand WHEN 1 THEN 'failed' ELSE state END,
         reason = CASE is_by_hand WHEN 1 THEN 'unknown_challenge' ELSE reason END
       WHERE challenge_id = ? AND state = 'queued'`,
      challengeId,
    );
  }

  /** What is queued is due now, and no look-up is further away than `lookupAt` (epoch ms, both). */
  makeDue(tx: Tx, now: number, lookupAt: number): void {
    this.#change(tx, `next_attempt_at = min(next_attempt_at, ?) WHERE state = 'queued'`, now);
    // One further away was set by a wrong clock.
    const where = `WHERE state = 'uncertain' AND lookup_at > ?`;
    this.#change(tx, `lookup_at = ? ${where}`, lookupAt, lookupAt);
  }

  /** What no reading could settle is looked up again. */
  lookUpLeftToPerson(tx: Tx, now: number): void {
    const where = `WHERE state = 'uncertain' AND (lookup_at > ? OR detail = 'date_unclear_at_codesubmit') AND ${IS_LEFT_TO_PERSON}`;
    this.#change(tx, `lookup_at = ? ${where}`, now, now);
  }

  /** There is a new witness: what no reading has settled is looked up at `at` (epoch ms). */
  lookUpByWitness(tx: Tx, at: number): void {
    const where = `WHERE state = 'uncertain' AND absent_at IS NULL`;
    this.#change(tx, `lookup_at = min(lookup_at, ?) ${where}`, at);
  }

  /**
   * Erases address, name and link, and stops following progress; cancels what waited to be sent,
   * and ends sharings. Ids and the keyed hash stay.
   */
  erase(tx: Tx, opportunityId: OpportunityId): void {
    this.#change(
      tx,
      `sealed_email = NULL, first_name = NULL, last_name = NULL, sealed_link = NULL,
         detail = iif(state = 'failed', NULL, detail) WHERE opportunity_id = ?`,
      opportunityId,
    );
    this.#cancel(tx, 'erased', 'opportunity_id = ?', [opportunityId]);
    endSharing(tx, opportunityId);
  }

  /** `forget` was run for them: what they had names them no more, and is known by its hashes only. */
  markErased(tx: Tx, opportunityId: OpportunityId): void {
    const where = `WHERE opportunity_id = ? AND state IN ('invited', 'linked')`;
    this.#change(tx, `reason = 'erased' ${where}`, opportunityId);
  }

  #change(tx: Tx, change: string, ...values: unknown[]): void {
    this.database.prepareWrite<unknown[]>(`UPDATE invitations SET ${change}`).run(tx, ...values);
  }
}
