/** Stores webhooks and queues the looks that follow. A delivery's identity is the HMAC that we computed. */
import type { OpportunityId, StageId } from '../domain/ids.js';
import { hint, isKnown } from './candidates.js';
import type { Database, Reader, Tx } from './database/database.js';
import type { IntegrationStore } from './integration-store.js';
import type { RuleStore } from './rule-store.js';

export interface Delivery {
  /** The 32 bytes of our own HMAC, which covers `triggeredAt`. */
  identity: Buffer;
  event: string;
  opportunityId: string | null;
  toStageId: string | null;
  fromStageId?: string | null;
  /** For an archive event: true if archived, false if unarchived. */
  isArchived?: boolean;
  /** Lever's time, epoch ms. */
  triggeredAt: number;
  /** The delivery has no data: Lever's Verify Connection, whatever its event. */
  isEmpty: boolean;
}

/** The event of a test that `doctor` sends through the public address: it says nothing about Lever. */
export const OWN_TEST_EVENT = 'codesubmit-lever.test';

export const DELIVERY_OUTCOMES = ['look', 'other_stage', 'other_event', 'connection_test'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export interface StoredDelivery extends Pick<Delivery, 'event' | 'toStageId' | 'triggeredAt'> {
  receivedAt: number;
  outcome: DeliveryOutcome;
}

export interface Accepted {
  /** False when the same delivery was there already. */
  isNew: boolean;
  outcome: DeliveryOutcome;
}

/** Deliveries that arrive in one turn of the event loop, and what becomes of each once their one write is durable. */
interface Batch {
  /** Each with when it came, by our clock. */
  arrivals: { delivery: Delivery; now: number }[];
  stored: Promise<Accepted[]>;
}

const DELETED_EVENT = 'candidateDeleted';
/** Events that may change what an opportunity gets. Others are acknowledged and ignored. */
const HINTING_EVENTS = new Set(['candidateStageChange', 'candidateArchiveChange', DELETED_EVENT]);

/** Whether this very delivery is stored: when Lever repeats one, its time and our HMAC of it are the same. */
export function isDelivered(
  db: Reader,
  { identity, triggeredAt }: Pick<Delivery, 'identity' | 'triggeredAt'>,
): boolean {
  const sql = 'SELECT 1 FROM deliveries WHERE triggered_at = ? AND identity = ?';
  return db.get(sql, triggeredAt, identity) !== undefined;
}

/** Deliveries about the opportunity, in the order in which they came. */
export function listDeliveriesOf(db: Reader, opportunityId: OpportunityId): StoredDelivery[] {
  return db.all(
    `SELECT event, to_stage_id AS toStageId, triggered_at AS triggeredAt, received_at AS receivedAt, outcome
     FROM deliveries WHERE opportunity_id = ? ORDER BY received_at, rowid`,
    opportunityId,
  );
}

/** When what Lever delivered last happened, by its clock; null if nothing came yet. */
export function lastTriggeredAt(db: Reader): number | null {
  const sql = 'SELECT triggered_at AS at FROM deliveries WHERE event <> ? ORDER BY at DESC LIMIT 1';
  return db.get<{ at: number }>(sql, OWN_TEST_EVENT)?.at ?? null;
}

/** Accepts deliveries. */
export class Deliveries {
  /** What arrives now joins this batch. Undefined once its write runs: the next delivery begins another. */
  #batch: Batch | undefined;

  /** `onAccepted` is called once the delivery is on disk. */
  constructor(
    private readonly database: Database,
    private readonly integration: IntegrationStore,
    private readonly rules: RuleStore,
    private readonly onAccepted: (accepted: Accepted) => void = () => undefined,
  ) {}

  /**
   * Stores a delivery. Durable once it resolves, and idempotent: equal deliveries are one row. All that arrive in one
   * turn of the event loop share one write. Throws `revoked` once `revoke` has returned.
   */
  async accept(delivery: Delivery, now: number): Promise<Accepted> {
    const { arrivals, stored } = (this.#batch ??= this.#beginBatch());
    const index = arrivals.push({ delivery, now }) - 1;
    const accepted = (await stored)[index] as Accepted;
    this.onAccepted(accepted);
    return accepted;
  }

  /** Begins the write that stores all deliveries of this turn. If it fails, none is acknowledged, and Lever sends them again. */
  #beginBatch(): Batch {
    const arrivals: Batch['arrivals'] = [];
    const end = (): void => {
      this.#batch = undefined;
    };
    const written = this.database.write((tx) => {
      end();
      return this.#store(tx, arrivals);
    });
    // A write that is refused before it runs ends the batch as well.
    return { arrivals, stored: written.finally(end) };
  }

  /**
   * Stores the deliveries, and a reason to look for each that may change something; returns the outcomes in the same
   * order. Runs inside the write, so `revoke` comes before or after all of it. Throws `revoked` after one.
   */
  #store(tx: Tx, arrivals: Batch['arrivals']): Accepted[] {
    const why = this.integration.whyNotInUse();
    if (why?.code === 'revoked') throw why;
    const stages = new Set<string | null>(this.rules.listActive().map((rule) => rule.stageId));
    const stored = arrivals.map(({ delivery, now }) => {
      const outcome = this.#outcomeOf(delivery, stages);
      const isNew = this.#insert(tx, delivery, outcome, now);
      if (isNew && outcome === 'look') {
        hint(tx, delivery.opportunityId as OpportunityId, now, {
          announced_stage_id: delivery.toStageId as StageId | null,
          announced_archived:
            delivery.isArchived === undefined ? null : Number(delivery.isArchived),
          announced_at: delivery.triggeredAt,
          is_deletion_announced: Number(delivery.event === DELETED_EVENT),
        });
      }
      return { isNew, outcome };
    });
    // Only new ones from Lever show that its webhook works: not a repeated delivery, nor `doctor`'s own test.
    const fromLever = stored.filter(
      ({ isNew }, index) => isNew && arrivals[index]?.delivery.event !== OWN_TEST_EVENT,
    );
    if (fromLever.length > 0) {
      const isTest = fromLever.some(({ outcome }) => outcome === 'connection_test');
      this.integration.recordDelivery(tx, Math.max(...arrivals.map(({ now }) => now)), isTest);
    }
    return stored;
  }

  /** Inserts a delivery and returns true; false if the same one is there already. */
  #insert(tx: Tx, delivery: Delivery, outcome: DeliveryOutcome, now: number): boolean {
    const { changes } = tx.run(
      `INSERT OR IGNORE INTO deliveries
         (identity, event, opportunity_id, to_stage_id, triggered_at, received_at, outcome)
       VALUES (:identity, :event, :opportunityId, :toStageId, :triggeredAt, :now, :outcome)`,
      { ...delivery, now, outcome },
    );
    return changes === 1;
  }

  /**
   * What the delivery leads to: a look if it is of a rule's stage, or of a candidate known here. What was decided or
   * announced about them may no longer hold, whatever stage they are in now.
   */
  #outcomeOf(delivery: Delivery, stages: ReadonlySet<string | null>): DeliveryOutcome {
    if (delivery.isEmpty) return 'connection_test';
    if (!HINTING_EVENTS.has(delivery.event) || delivery.opportunityId === null)
      return 'other_event';
    // Null, when the delivery names no stage, is never among the rules' stages.
    if (stages.has(delivery.toStageId) || stages.has(delivery.fromStageId ?? null)) return 'look';
    return isKnown(this.database, delivery.opportunityId as OpportunityId) ? 'look' : 'other_stage';
  }
}
