// What recruiters, pages and the API do to opportunities, with the events that follow.
import { badRequest } from '../simulated-error.js';
import type { LeverAccount } from './lever-account.js';
import type { Opportunity, Via } from './lever-records.js';
import type { LeverSwitches } from './lever-switches.js';
import type { OpportunityInput } from './new-opportunity.js';
import type { OpportunityBook } from './opportunity-book.js';
import type { PostingBook } from './posting-book.js';
import type { WebhookEvent } from './webhook-records.js';

export interface Actor {
  via?: Via | undefined;
  userId?: string | null | undefined;
}

type Announce = (
  event: WebhookEvent,
  opportunity: Opportunity,
  data: Record<string, unknown>,
  via: Via,
) => void;

export interface ActionParts {
  now: () => number;
  switches: LeverSwitches;
  account: LeverAccount;
  postings: PostingBook;
  opportunities: OpportunityBook;
  announce: Announce;
}

export class OpportunityActions {
  constructor(private readonly parts: ActionParts) {}

  /** Creates a candidate, or another opportunity of a contact; `stageId` may be a stage's name. */
  create(input: OpportunityInput, actor: Actor = {}): Opportunity {
    const { account, postings, opportunities } = this.parts;
    const stageId = account.getStageNamed(input.stageId).id;
    if (input.postingId) postings.get(input.postingId);
    const added = opportunities.add({ ...input, stageId }, account.stageIndex(stageId));
    this.announce('applicationCreated', added, {}, actor);
    return added;
  }

  /**
   * Moves to a stage, by id or name, archived or not; moving to the current stage changes nothing.
   */
  move(id: string, stage: string, actor: Actor = {}): Opportunity {
    const { account, opportunities, now } = this.parts;
    const toStageId = account.getStageNamed(stage).id;
    const fromStageId = opportunities.get(id).stageId;
    if (fromStageId === toStageId) return opportunities.get(id);
    const toStageIndex = account.stageIndex(toStageId);
    const isBack = toStageIndex < account.stageIndex(fromStageId);
    const updatedAt = now();
    const userId = actor.userId ?? null;
    const moved = opportunities.change(id, ({ opportunity }) => {
      opportunity.stageId = toStageId;
      opportunity.stageChanges.push({ toStageId, toStageIndex, userId, updatedAt });
      if (!isBack || this.parts.switches.movingBackAdvances) markAdvanced(opportunity, updatedAt);
    });
    this.announce('candidateStageChange', moved, { toStageId, fromStageId }, actor);
    return moved;
  }

  /** A bulk move, as recruiters make them on a page. */
  moveMany(ids: string[], stage: string, actor: Actor = {}): void {
    for (const id of ids) this.move(id, stage, { via: 'bulk', ...actor });
  }

  /** @throws a 400 for a reason that the account doesn't have. */
  archive(id: string, reason: string, actor: Actor = {}): Opportunity {
    const known = this.parts.account.archiveReasons.find(
      (row) => row.id === reason || row.text === reason,
    );
    if (!known) throw badRequest(`unknown archive reason ${reason}`);
    const toArchived = { archivedAt: this.parts.now(), reason: known.id };
    return this.setArchived(id, toArchived, actor);
  }

  unarchive(id: string, actor: Actor = {}): Opportunity {
    return this.setArchived(id, null, actor);
  }

  remove(id: string, actor: Actor = {}): void {
    const opportunity = this.parts.opportunities.get(id);
    this.parts.opportunities.remove(id);
    this.announce('candidateDeleted', opportunity, {}, actor);
  }

  /** Lever's answer to an erasure request: the record stays, the person is removed from it. */
  anonymize(id: string): Opportunity {
    return this.parts.opportunities.change(id, ({ contact }) => {
      Object.assign(contact, { name: 'Anonymized candidate', emails: [], phones: [], links: [] });
      contact.isAnonymized = true;
    });
  }

  /** A new tag is created by its first use. */
  addTags(id: string, tags: string[]): Opportunity {
    return this.parts.opportunities.change(id, ({ opportunity }) => {
      opportunity.tags = [...new Set([...opportunity.tags, ...tags])];
      opportunity.removedTags = opportunity.removedTags.filter((tag) => !tags.includes(tag));
    });
  }

  removeTags(id: string, tags: string[]): Opportunity {
    return this.parts.opportunities.change(id, ({ opportunity }) => {
      opportunity.tags = opportunity.tags.filter((tag) => !tags.includes(tag));
      opportunity.removedTags = [...new Set([...opportunity.removedTags, ...tags])];
    });
  }

  setConfidential(id: string, isConfidential: boolean): Opportunity {
    return this.parts.opportunities.change(id, ({ opportunity }) => {
      opportunity.confidentiality = isConfidential ? 'confidential' : 'non-confidential';
    });
  }

  private setArchived(id: string, archived: Opportunity['archived'], actor: Actor): Opportunity {
    const { opportunities, now, switches } = this.parts;
    const changed = opportunities.change(id, ({ opportunity }) => {
      opportunity.archived = archived;
      const { archivingAdvances, unarchivingAdvances } = switches;
      if (archived ? archivingAdvances : unarchivingAdvances) markAdvanced(opportunity, now());
    });
    this.announce('candidateArchiveChange', changed, { toArchived: archived }, actor);
    return changed;
  }

  private announce(
    event: WebhookEvent,
    opportunity: Opportunity,
    data: Record<string, unknown>,
    actor: Actor,
  ): void {
    const { id: opportunityId, contactId, candidateId } = opportunity;
    const ids = { opportunityId, contactId, candidateId };
    this.parts.announce(event, opportunity, { ...ids, ...data }, actor.via ?? 'page');
  }
}

function markAdvanced(opportunity: Opportunity, at: number): void {
  opportunity.lastAdvancedAt = at;
  opportunity.advancedAt = at;
}
