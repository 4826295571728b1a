/** Claims what is owed to Lever and settles it. Each method is one durable write. */
import type { Database } from '../database/database.js';
import { mayWriteToLever, type IntegrationRows } from '../integration/integration-rows.js';
import type { ClaimedWriteback, WritebackClaim } from './writeback-order.js';
import type { WritebackRows } from './writeback-rows.js';

export interface WritebackStoreParts {
  database: Database;
  rows: WritebackRows;
  integration: IntegrationRows;
}

export class WritebackStore {
  constructor(private readonly parts: WritebackStoreParts) {}

  /** A pause stops new challenges, not what is owed for those that were sent; a revoke stops both. */
  claimDue(now: number, limit: number, claim: string): Promise<ClaimedWriteback[]> {
    const { database, rows, integration } = this.parts;
    return database.write(() => {
      if (!mayWriteToLever(integration.read())) return [];
      return rows.claimDue(now, limit, claim);
    });
  }

  /** At start: what a dead process had claimed may be looked at from `lookAt` (epoch ms). */
  freeOrphans(now: number, lookAt: number): Promise<void> {
    return this.parts.database.write(() => {
      this.parts.rows.freeOrphans(now, lookAt);
    });
  }

  /** It stands in Lever; by its link the invitation of that very opportunity is linked. */
  settleDone(owed: WritebackClaim, now: number): Promise<void> {
    const { database, rows, integration } = this.parts;
    return database.writePatiently(() => {
      rows.finish(owed, 'done', null, now);
      integration.noteActingUserTaken();
      if (owed.kind === 'link') this.#markLinked(owed, now);
      this.#record(owed, 'done', null, now);
    });
  }

  #markLinked(owed: WritebackClaim, now: number): void {
    this.parts.database
      .prepare(
        `UPDATE invitations SET state = 'linked', linked_at = ?
         WHERE id = ? AND opportunity_id = ? AND state = 'invited'`,
      )
      .run(now, owed.invitationId, owed.opportunityId);
  }

  /** It can't be done until something changes outside; `retry` takes it up again. */
  settleParked(owed: WritebackClaim, why: string, now: number): Promise<void> {
    const { database, rows } = this.parts;
    return database.writePatiently(() => {
      rows.finish(owed, 'parked', why, now);
      this.#record(owed, 'parked', why, now);
    });
  }

  settleLater(
    owed: WritebackClaim,
    dueAt: number,
    why: string,
    usesAttempt: boolean,
    now: number,
  ): Promise<void> {
    return this.parts.database.writePatiently(() => {
      this.#putOff(owed, dueAt, why, usesAttempt, now);
    });
  }

  #putOff(
    owed: WritebackClaim,
    dueAt: number,
    why: string,
    usesAttempt: boolean,
    now: number,
  ): void {
    this.parts.rows.postpone(owed, dueAt, why, usesAttempt);
    if (usesAttempt) this.#record(owed, 'later', why, now);
  }

  /** Like `settleLater`, for a claim that may be settled already: then it is nothing. */
  release(
    owed: WritebackClaim,
    dueAt: number,
    why: string,
    usesAttempt: boolean,
    now: number,
  ): Promise<void> {
    const { database, rows } = this.parts;
    return database.write(() => {
      if (rows.isClaimed(owed)) this.#putOff(owed, dueAt, why, usesAttempt, now);
    });
  }

  /** Lever refuses our account: everything stays owed. Returns whether that is news. */
  settleUnauthorized(owed: WritebackClaim, why: string, now: number): Promise<boolean> {
    const { database, rows, integration } = this.parts;
    return database.writePatiently(() => {
      rows.postpone(owed, now, why, owed.isSent);
      return integration.noteRefusal('lever', now, why);
    });
  }

  /** Lever wants to know on whose behalf: nothing more is written until a setting changes. */
  settleHeld(owed: WritebackClaim, why: string, now: number): Promise<void> {
    const { database, rows, integration } = this.parts;
    return database.writePatiently(() => {
      rows.postpone(owed, now, why, owed.isSent);
      integration.noteActingUserMissing(now);
    });
  }

  #record(owed: WritebackClaim, outcome: string, detail: string | null, now: number): void {
    if (owed.invitationId === null) return;
    this.parts.database
      .prepare(
        `INSERT INTO attempts (invitation_id, effect, at, outcome, detail) VALUES (?, ?, ?, ?, ?)`,
      )
      .run(owed.invitationId, owed.kind, now, outcome, detail);
  }
}
