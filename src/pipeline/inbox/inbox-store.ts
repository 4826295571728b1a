/** Hands out which candidates to look at. Each method is one durable write. */
import type { Database } from '../../storage/database/database.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import { mayAskLever, type IntegrationRows } from '../../storage/state/integration-store.js';
import type { InvitationRows } from '../invitations/invitation-store.js';
import type { DueLook, InboxRows } from './inbox-rows.js';

export interface InboxStoreParts {
  database: Database;
  integration: IntegrationRows;
  inbox: InboxRows;
  invitations: InvitationRows;
}

export class InboxStore {
  constructor(private readonly parts: InboxStoreParts) {}

  /** Due looks, but for those under way and those of a crowd; queued invitations that need a fresh decision are among them. */
  listDue(
    now: number,
    limit: number,
    underWay: ReadonlySet<string>,
    inCrowds: readonly StageId[] = [],
  ): Promise<DueLook[]> {
    const { database, integration, invitations, inbox } = this.parts;
    return database.write((tx) => {
      if (!mayAskLever(integration.read())) return [];
      for (const id of invitations.awaitingDecision(limit)) inbox.ensureDue(tx, id, now);
      return inbox
        .listDue(now, limit + underWay.size, inCrowds)
        .filter(({ opportunityId }) => !underWay.has(opportunityId))
        .slice(0, limit);
    });
  }

  /** The list told nothing of them, or not enough. */
  readAlone(ids: readonly OpportunityId[], now: number): Promise<void> {
    return this.parts.database.write((tx) => {
      for (const opportunityId of ids) {
        this.parts.inbox.hint(tx, { opportunityId, isReadAlone: true }, now);
      }
    });
  }
}
