/** Takes deliveries in and hands out what is to be looked at. Each method is one durable write. */
import type { Database } from '../database/database.js';
import { AppError } from '../domain/errors.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import { mayAskLever, type IntegrationRows } from '../integration/integration-rows.js';
import type { RuleRows } from '../integration/rule-rows.js';
import type { InvitationRows } from '../invitations/invitation-rows.js';
import type { Crowd, CrowdRows } from './crowd-rows.js';
import type { DecisionRows } from './decision-rows.js';
import {
  OWN_TEST_EVENT,
  type Delivery,
  type DeliveryOutcome,
  type DeliveryRows,
} from './delivery-rows.js';
import type { Gathering } from './gathering.js';
import type { DueLook, InboxRows } from './inbox-rows.js';

export interface InboxStoreParts {
  database: Database;
  integration: IntegrationRows;
  rules: RuleRows;
  deliveries: DeliveryRows;
  inbox: InboxRows;
  decisions: DecisionRows;
  invitations: InvitationRows;
  crowds: CrowdRows;
}

export interface Accepted {
  /** False for one that was there already. */
  isNew: boolean;
  outcome: DeliveryOutcome;
}

/** As many as one crowd may hold. */
const MAX_AWAITING = 2_000;
const DELETED = 'candidateDeleted';
/** Events that may change what an opportunity is due. All others are acknowledged and left. */
const HINTING_EVENTS = new Set(['candidateStageChange', 'candidateArchiveChange', DELETED]);

export class InboxStore {
  constructor(private readonly parts: InboxStoreParts) {}

  /** Idempotent: equal deliveries are one row. Throws `revoked` from the moment that `revoke` returned. */
  accept(delivery: Delivery, now: number): Promise<Accepted> {
    const { database, deliveries, inbox, integration } = this.parts;
    return database.write(() => {
      if (integration.state() === 'revoked') {
        throw new AppError('revoked', 'The integration is revoked.', 'Run: codesubmit-lever setup');
      }
      const outcome = this.#outcomeOf(delivery);
      const isNew = deliveries.insert(delivery, outcome, now);
      if (isNew && delivery.event !== OWN_TEST_EVENT) this.#noteArrival(outcome, now);
      if (isNew && outcome === 'look') {
        inbox.hint(
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
    });
  }

  #noteArrival(outcome: DeliveryOutcome, now: number): void {
    const { integration } = this.parts;
    integration.noteMoment('last_delivery_at', now);
    integration.noteSignaturesTaken();
    const { webhook_verified_at: verifiedAt } = integration.read();
    if (outcome === 'connection_test' || verifiedAt === null) {
      integration.noteMoment('webhook_verified_at', now);
    }
  }

  #announcedStage(delivery: Delivery): StageId | null {
    const stageId = delivery.toStageId as StageId | null;
    return this.parts.rules.listActive().some((rule) => rule.stageId === stageId) ? stageId : null;
  }

  #outcomeOf(delivery: Delivery): DeliveryOutcome {
    if (delivery.isEmpty) return 'connection_test';
    if (!HINTING_EVENTS.has(delivery.event) || delivery.opportunityId === null)
      return 'other_event';
    if (this.#announcedStage(delivery) !== null) return 'look';
    return this.#isKnown(delivery.opportunityId as OpportunityId) ? 'look' : 'other_stage';
  }

  #isKnown(id: OpportunityId): boolean {
    return this.parts.decisions.findCurrent(id) !== undefined;
  }

  /** Due looks, but for those under way and those of a crowd; queued invitations that need a fresh decision are among them. */
  listDue(
    now: number,
    limit: number,
    underWay: ReadonlySet<string>,
    inCrowds: readonly StageId[] = [],
  ): Promise<DueLook[]> {
    const { database, integration, invitations, inbox } = this.parts;
    return database.write(() => {
      if (!mayAskLever(integration.read())) return [];
      for (const id of invitations.awaitingDecision(limit)) inbox.ensureDue(id, now);
      return inbox
        .listDue(now, limit + underWay.size, inCrowds)
        .filter(({ opportunityId }) => !underWay.has(opportunityId))
        .slice(0, limit);
    });
  }

  /** Crowds that are to be looked at now, and the stages of all whose people are not to be looked at one by one. */
  listCrowds(
    now: number,
    underWay: ReadonlySet<string>,
    gathering: Gathering,
  ): Promise<{ ready: Crowd[]; stages: StageId[] }> {
    const { database, integration, invitations, inbox, crowds } = this.parts;
    return database.write(() => {
      if (!mayAskLever(integration.read())) return { ready: [], stages: [] };
      for (const id of invitations.awaitingDecision(MAX_AWAITING)) inbox.ensureDue(id, now);
      crowds.finishSeen(now);
      const { ready, stages } = gathering.gather(crowds.list(now), underWay);
      return { ready: ready.map((stageId) => crowds.get(stageId, now, underWay)), stages };
    });
  }

  /** The list told nothing of them, or not enough. */
  readAlone(ids: readonly OpportunityId[], now: number): Promise<void> {
    return this.parts.database.write(() => {
      for (const opportunityId of ids) {
        this.parts.inbox.hint({ opportunityId, isReadAlone: true }, now);
      }
    });
  }

  /** To be looked at again; a failed attempt says why. */
  postpone(
    look: DueLook,
    dueAt: number,
    change: { rereads: number; attempts: number; error: string | null },
  ): Promise<void> {
    return this.parts.database.write(() => {
      this.parts.inbox.postpone(look, dueAt, change);
    });
  }

  hintAll(ids: readonly OpportunityId[], now: number): Promise<void> {
    return this.parts.database.write(() => {
      for (const opportunityId of ids) this.parts.inbox.hint({ opportunityId }, now);
    });
  }

  dueAtStart(now: number): Promise<void> {
    return this.parts.database.write(() => {
      this.parts.inbox.dueAtStart(now);
    });
  }
}
