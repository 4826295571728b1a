/** Webhooks as received; called inside a write. A delivery's identity is the HMAC that we computed. */
import type { OpportunityId } from '../domain/ids.js';
import type { Database } from '../database/database.js';

export interface Delivery {
  /** The 32 bytes of our own HMAC. */
  identity: Buffer;
  event: string;
  opportunityId: string | null;
  toStageId: string | null;
  /** Epoch ms, Lever's. */
  triggeredAt: number;
  /** It carries no data: Lever's Verify Connection, whatever its event. */
  isEmpty: boolean;
}

/** The event of a test that `doctor` sends by way of the public address: it says nothing of Lever. */
export const OWN_TEST_EVENT = 'codesubmit-lever.test';

export const DELIVERY_OUTCOMES = ['look', 'other_stage', 'other_event', 'connection_test'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export interface StoredDelivery {
  event: string;
  toStageId: string | null;
  triggeredAt: number;
  receivedAt: number;
  outcome: DeliveryOutcome;
}

export class DeliveryRows {
  readonly #insert;

  constructor(private readonly database: Database) {
    this.#insert = database.prepare<unknown[], unknown>(
      `INSERT OR IGNORE INTO deliveries
         (identity, event, opportunity_id, to_stage_id, triggered_at, received_at, outcome)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** False when the very same delivery is there already. */
  insert(delivery: Delivery, outcome: DeliveryOutcome, now: number): boolean {
    const { identity, event, opportunityId, toStageId, triggeredAt } = delivery;
    const result = this.#insert.run(
      identity,
      event,
      opportunityId,
      toStageId,
      triggeredAt,
      now,
      outcome,
    );
    return result.changes === 1;
  }

  isKept(identity: Buffer): boolean {
    const found = this.database
      .prepare<[Buffer], unknown>('SELECT 1 FROM deliveries WHERE identity = ?')
      .get(identity);
    return found !== undefined;
  }

  listOf(opportunityId: OpportunityId): StoredDelivery[] {
    return this.database
      .prepare<[string], StoredDelivery>(
        `SELECT event, to_stage_id AS toStageId, triggered_at AS triggeredAt,
           received_at AS receivedAt, outcome FROM deliveries
         WHERE opportunity_id = ? ORDER BY received_at, rowid`,
      )
      .all(opportunityId);
  }
}
