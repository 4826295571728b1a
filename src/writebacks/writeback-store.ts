/** Claims what is owed to Lever and settles it. Each method is one durable write. */
import type { Sealer } from '../config/sealer.js';
import type { Database } from '../database/database.js';
import { mayAskLever, type IntegrationRows } from '../integration/integration-rows.js';
import type { OwedWriteback, WritebackRows } from './writeback-rows.js';

export interface ClaimedWriteback extends OwedWriteback {
  link: string;
}

export interface WritebackStoreParts {
  database: Database;
  sealer: Sealer;
  rows: WritebackRows;
  integration: IntegrationRows;
}

export class WritebackStore {
  constructor(private readonly parts: WritebackStoreParts) {}

  /** A pause stops new challenges, not the links of those that were sent; a revoke stops both. */
  claimDue(now: number, limit: number, claim: string): Promise<ClaimedWriteback[]> {
    const { database, rows, integration, sealer } = this.parts;
    return database.write(() => {
      if (!mayAskLever(integration.read())) return [];
      return rows
        .claimDue(now, limit, claim)
        .map((owed) => ({ ...owed, link: sealer.open(owed.sealedLink) }));
    });
  }

  /** At start: what a dead process had claimed may be looked at from `lookAt` (epoch ms). */
  freeOrphans(now: number, lookAt: number): Promise<void> {
    return this.parts.database.write(() => {
      this.parts.rows.freeOrphans(now, lookAt);
    });
  }

  /** The link stands in Lever: the invitation of that very opportunity is linked. */
  settleDone(owed: OwedWriteback, now: number): Promise<void> {
    const { database, rows } = this.parts;
    return database.writePatiently(() => {
      rows.finish(owed, 'done', null, now);
      database
        .prepare(
          `UPDATE invitations SET state = 'linked', linked_at = ?
           WHERE id = ? AND opportunity_id = ? AND state = 'invited'`,
        )
        .run(now, owed.invitationId, owed.opportunityId);
      this.#record(owed, 'done', null, now);
    });
  }

  /** It can't be done until something changes outside; `retry` takes it up again. */
  settleParked(owed: OwedWriteback, why: string, now: number): Promise<void> {
    const { database, rows } = this.parts;
    return database.writePatiently(() => {
      rows.finish(owed, 'parked', why, now);
      this.#record(owed, 'parked', why, now);
    });
  }

  settleLater(
    owed: OwedWriteback,
    dueAt: number,
    why: string,
    usesAttempt: boolean,
    now: number,
  ): Promise<void> {
    const { database, rows } = this.parts;
    return database.writePatiently(() => {
      rows.postpone(owed, dueAt, why, usesAttempt);
      if (usesAttempt) this.#record(owed, 'later', why, now);
    });
  }

  /** Lever refuses our account: everything stays owed. Returns whether that is news. */
  settleUnauthorized(owed: OwedWriteback, why: string, now: number): Promise<boolean> {
    const { database, rows, integration } = this.parts;
    return database.writePatiently(() => {
      rows.postpone(owed, now, why, false);
      return integration.noteRefusal('lever', now);
    });
  }

  #record(owed: OwedWriteback, outcome: string, detail: string | null, now: number): void {
    this.parts.database
      .prepare(
        `INSERT INTO attempts (invitation_id, effect, at, outcome, detail) VALUES (?, 'link', ?, ?, ?)`,
      )
      .run(owed.invitationId, now, outcome, detail);
  }
}
