// What recruiters do to opportunities, with the events that follow.
import { badRequest } from '../simulated-error.js';
import type { Opportunity } from './lever-records.js';
import type { LeverWorld } from './lever-world.js';
import type { OpportunityInput } from './new-opportunity.js';
import type { WebhookEvent } from './webhook-records.js';

export class OpportunityActions {
  constructor(private readonly world: LeverWorld) {}

  /**
   * Creates a candidate, or with `contactId` another opportunity of that person. `stageId` may be a stage's name.
   * @throws a 404 for an unknown stage or posting.
   */
  create(input: OpportunityInput): Opportunity {
    const { account, postings, opportunities } = this.world;
    const stageId = account.getStage(input.stageId).id;
    if (input.postingId) postings.get(input.postingId);
    const added = opportunities.add({ ...input, stageId }, account.stageIndex(stageId));
    this.announce('applicationCreated', added, {});
    return added;
  }

  /**
   * Moves to a stage, by id or name; an archived one too. Moving to the current stage changes nothing and announces
   * nothing.
   */
  move(id: string, stage: string): Opportunity {
    const { account, opportunities, now } = this.world;
    const toStageId = account.getStage(stage).id;
    const fromStageId = opportunities.get(id).stageId;
    if (fromStageId === toStageId) return opportunities.get(id);
    const toStageIndex = account.stageIndex(toStageId);
    const updatedAt = now();
    const moved = opportunities.change(id, ({ opportunity }) => {
      opportunity.stageId = toStageId;
      opportunity.stageChanges.push({ toStageId, toStageIndex, userId: null, updatedAt });
      opportunity.lastAdvancedAt = updatedAt;
    });
    this.announce('candidateStageChange', moved, { toStageId, fromStageId });
    return moved;
  }

  /** A bulk move, as recruiters make them on a page. */
  moveMany(ids: string[], stage: string): void {
    for (const id of ids) this.move(id, stage);
  }

  /** Archives, for a reason given by id or text. @throws a 400 for a reason that the account doesn't have. */
  archive(id: string, reason: string): Opportunity {
    const known = this.world.account.archiveReasons.find(
      (row) => row.id === reason || row.text === reason,
    );
    if (!known) throw badRequest(`unknown archive reason ${reason}`);
    return this.setArchived(id, { archivedAt: this.world.now(), reason: known.id });
  }

  /** Ends the archiving. As recorded, the stage stays, and so does the time of the last advance. */
  unarchive(id: string): Opportunity {
    return this.setArchived(id, null);
  }

  /** Deletes the opportunity. Lever's API then answers 404 for it, and lists it as deleted. */
  remove(id: string): void {
    const opportunity = this.world.opportunities.get(id);
    this.world.opportunities.remove(id);
    this.announce('candidateDeleted', opportunity, {});
  }

  /** Lever's answer to an erasure request: the record stays, the person is removed from it. No event announces it. */
  anonymize(id: string): Opportunity {
    return this.world.opportunities.change(id, ({ contact }) => {
      Object.assign(contact, { name: 'Anonymized candidate', emails: [], phones: [], links: [] });
      contact.isAnonymized = true;
    });
  }

  /** Adds tags; a new tag is created by its first use. No event announces it. */
  addTags(id: string, tags: string[]): Opportunity {
    return this.world.opportunities.change(id, ({ opportunity }) => {
      opportunity.tags = [...new Set([...opportunity.tags, ...tags])];
      opportunity.removedTags = opportunity.removedTags.filter((tag) => !tags.includes(tag));
    });
  }

  /** Removes tags. Inherited ones are only hidden on this opportunity: its posting keeps them. */
  removeTags(id: string, tags: string[]): Opportunity {
    return this.world.opportunities.change(id, ({ opportunity }) => {
      opportunity.tags = opportunity.tags.filter((tag) => !tags.includes(tag));
      opportunity.removedTags = [...new Set([...opportunity.removedTags, ...tags])];
    });
  }

  /** Makes the opportunity confidential, or no longer so. */
  setConfidential(id: string, isConfidential: boolean): Opportunity {
    return this.world.opportunities.change(id, ({ opportunity }) => {
      opportunity.confidentiality = isConfidential ? 'confidential' : 'non-confidential';
    });
  }

  /**
   * Archives, or ends that (null), and announces it. Only archiving counts as an advance, as recorded in real accounts.
   */
  private setArchived(id: string, archived: Opportunity['archived']): Opportunity {
    const { opportunities, now } = this.world;
    const changed = opportunities.change(id, ({ opportunity }) => {
      opportunity.archived = archived;
      if (archived) opportunity.lastAdvancedAt = now();
    });
    this.announce('candidateArchiveChange', changed, { toArchived: archived });
    return changed;
  }

  /** Delivers an event to every webhook that gets it. `more`: what its data contain beside ids. */
  private announce(event: WebhookEvent, opportunity: Opportunity, more: object): void {
    const { id: opportunityId, contactId, candidateId } = opportunity;
    for (const webhook of this.world.webhooks.listeners(event)) {
      const data = { opportunityId, contactId, candidateId, ...more };
      this.world.sender.deliver(webhook, event, data);
    }
  }
}
