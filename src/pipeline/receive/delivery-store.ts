/** Keeps webhooks as received, and what they hint at. A delivery's identity is the HMAC that we computed. */
import type { Database, Tx } from '../../storage/database/database.js';
import { AppError } from '../../domain/errors.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { DecisionStore } from '../decide/decision-store.js';
import type { InboxStore } from '../inbox/inbox-store.js';

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

export interface Accepted {
  /** False when the very same delivery was there already. */
  isNew: boolean;
  outcome: DeliveryOutcome;
}

export interface DeliveryStoreDeps {
  database: Database;
  integration: IntegrationStore;
  rules: RuleStore;
  inbox: InboxStore;
  decisions: DecisionStore;
  /** Called once the delivery is on disk. */
  onAccepted?: (accepted: Accepted) => void;
}

const DELETED = 'candidateDeleted';
/** Events that may change what an opportunity is due. All others are acknowledged and left. */
const HINTING_EVENTS = new Set(['candidateStageChange', 'candidateArchiveChange', DELETED]);

export class DeliveryStore {
  readonly #insertRow;

  constructor(private readonly deps: DeliveryStoreDeps) {
    this.#insertRow = deps.database.prepareWrite<unknown[]>(
      `INSERT OR IGNORE INTO deliveries
         (identity, event, opportunity_id, to_stage_id, triggered_at, received_at, outcome)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** One durable write, and idempotent: equal deliveries are one row. Throws `revoked` once `revoke` has returned. */
  async accept(delivery: Delivery, now: number): Promise<Accepted> {
    const accepted = await this.deps.database.write((tx) => this.#keep(tx, delivery, now));
    this.deps.onAccepted?.(accepted);
    return accepted;
  }

  /** Inside the write. */
  #keep(tx: Tx, delivery: Delivery, now: number): Accepted {
    const { inbox, integration } = this.deps;
    if (integration.state() === 'revoked') {
      throw new AppError('revoked', 'The integration is revoked.', 'Run: codesubmit-lever setup');
    }
    const outcome = this.#outcomeOf(delivery);
    const isNew = this.#insert(tx, delivery, outcome, now);
    if (isNew && delivery.event !== OWN_TEST_EVENT) this.#noteArrival(tx, outcome, now);
    if (isNew && outcome === 'look') {
      inbox.hint(
        tx,
        {
          opportunityId: delivery.opportunityId as OpportunityId,
          announcedStageId: this.#announcedStage(delivery),
          announcedAt: delivery.triggeredAt,
          isDeletionAnnounced: delivery.event === DELETED,
        },
        now,
      );
    }
    return { isNew, outcome };
  }

  isKept(identity: Buffer): boolean {
    const found = this.deps.database
      .prepare<[Buffer], unknown>('SELECT 1 FROM deliveries WHERE identity = ?')
      .get(identity);
    return found !== undefined;
  }

  listOf(opportunityId: OpportunityId): StoredDelivery[] {
    return this.deps.database
      .prepare<[string], StoredDelivery>(
        `SELECT event, to_stage_id AS toStageId, triggered_at AS triggeredAt,
           received_at AS receivedAt, outcome FROM deliveries
         WHERE opportunity_id = ? ORDER BY received_at, rowid`,
      )
      .all(opportunityId);
  }

  /** False when the very same delivery is there already. */
  #insert(tx: Tx, delivery: Delivery, outcome: DeliveryOutcome, now: number): boolean {
    const { identity, event, opportunityId, toStageId, triggeredAt } = delivery;
    const result = this.#insertRow.run(
      tx,
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

  #noteArrival(tx: Tx, outcome: DeliveryOutcome, now: number): void {
    const { integration } = this.deps;
    integration.noteMoment(tx, 'last_delivery_at', now);
    integration.noteSignaturesTaken(tx);
    const { webhook_verified_at: verifiedAt } = integration.read();
    if (outcome === 'connection_test' || verifiedAt === null) {
      integration.noteMoment(tx, 'webhook_verified_at', now);
    }
  }

  #announcedStage(delivery: Delivery): StageId | null {
    const stageId = delivery.toStageId as StageId | null;
    return this.deps.rules.listActive().some((rule) => rule.stageId === stageId) ? stageId : null;
  }

  #outcomeOf(delivery: Delivery): DeliveryOutcome {
    if (delivery.isEmpty) return 'connection_test';
    if (!HINTING_EVENTS.has(delivery.event) || delivery.opportunityId === null)
      return 'other_event';
    if (this.#announcedStage(delivery) !== null) return 'look';
    return this.#isKnown(delivery.opportunityId as OpportunityId) ? 'look' : 'other_stage';
  }

  #isKnown(id: OpportunityId): boolean {
    return this.deps.decisions.findCurrent(id) !== undefined;
  }
}
