/** Hands out which candidates to look at. Each method is one durable write. */
import type { Database } from '../../storage/database/database.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import { mayAskLever, type IntegrationStore } from '../../storage/state/integration-store.js';
import type { InvitationStore } from '../invitations/invitation-store.js';
import type { DueLook, InboxRows } from './inbox-rows.js';

export interface InboxStoreDeps {
  database: Database;
  integration: IntegrationStore;
  inbox: InboxRows;
  invitations: InvitationStore;
}

export class InboxStore {
  constructor(private readonly deps: InboxStoreDeps) {}

  /** Due looks, but for those under way and those of a batch; queued invitations that need a fresh decision are among them. */
  listDue(
    now: number,
    limit: number,
    underWay: ReadonlySet<string>,
    inBatches: readonly StageId[] = [],
  ): Promise<DueLook[]> {
    const { database, integration, invitations, inbox } = this.deps;
    return database.write((tx) => {
      if (!mayAskLever(integration.read())) return [];
      for (const id of invitations.awaitingDecision(limit)) inbox.ensureDue(tx, id, now);
      return inbox
        .listDue(now, limit + underWay.size, inBatches)
        .filter(({ opportunityId }) => !underWay.has(opportunityId))
        .slice(0, limit);
    });
  }

  /** The list told nothing of them, or not enough. */
  readAlone(ids: readonly OpportunityId[], now: number): Promise<void> {
    return this.deps.database.write((tx) => {
      for (const opportunityId of ids) {
        this.deps.inbox.hint(tx, { opportunityId, isReadAlone: true }, now);
      }
    });
  }
}
