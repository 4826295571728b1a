/**
 * Handles one hint: reads the opportunity from Lever as it is now, decides, and settles the hint
 * with the decision.
 */
import type { Tx } from '../../storage/database/database.js';
import type { Decision } from '../../domain/decision.js';
import { ApiError, isUnforeseen, messageOf, rejectionOf } from '../../domain/errors.js';
import type { LeverReader } from '../../domain/lever-ports.js';
import type { Log } from '../../domain/log.js';
import type { Opportunity, Sighting } from '../../domain/opportunity.js';
import type { Decider, DecideResult, Outdated } from '../decide/decider.js';
import type { ReadOpportunity } from '../decide/conclude.js';
import type { DecisionStore } from '../decide/decision-store.js';
import { VendorAccess } from '../vendor-access.js';
import type { DueLook, InboxStore } from './inbox-store.js';
import { tagsKey, type SharedReads, type StartedRead } from './read-memory.js';

export interface LookHandlerDeps {
  lever: VendorAccess<LeverReader>;
  inbox: InboxStore;
  decider: Decider;
  decisions: DecisionStore;
  reads: SharedReads;
  log: Log;
}

/** Where a read contradicts the webhook, it reads again 5 s and 30 s later. */
const REREAD_AFTER_MS = [5_000, 25_000];

export class LookHandler {
  constructor(private readonly deps: LookHandlerDeps) {}

  /** Resolves once the outcome is on disk; throws only when it can't be recorded. */
  async handle(look: DueLook): Promise<void> {
    try {
      await this.#look(look);
    } catch (error) {
      if (error instanceof ApiError) await this.#postponeUnread(look, error);
      else if (isUnforeseen(error)) await this.#postponeUndecided(look, error);
      else throw error;
    }
  }

  async #look(look: DueLook): Promise<void> {
    const { reads } = this.deps;
    const started = reads.begin();
    try {
      const read = await this.#read(look, started);
      if (!read) return;
      const result = await this.#decide(look, read, started);
      if (result.kind === 'outdated') await this.#look(look);
      else this.#logDecision(look, result);
    } finally {
      reads.order.end(started.ticket);
    }
  }

  /** Undefined when there is nothing to decide on yet. */
  async #read(look: DueLook, { startedMs }: StartedRead): Promise<ReadOpportunity | undefined> {
    const { lever } = this.deps;
    const sighting = await lever.client().readOpportunity(look.opportunityId);
    lever.clear();
    if (sighting.kind === 'forbidden' && (await lever.client().probe()) === 'unauthorized') {
      await lever.reject({ kind: 'no_right', why: 'every read is forbidden' });
      return undefined;
    }
    if (await this.#isReadAgain(look, sighting)) return undefined;
    return {
      id: look.opportunityId,
      sighting: this.#isDeleted(look, sighting) ? { kind: 'deleted' } : sighting,
      startedMs,
      announcedStageId: look.announced.stageId,
    };
  }

  /**
   * A 404 alone doesn't mean deleted. It does with a signed announcement, or Lever's list of deleted
   * opportunities; from then on nothing more needs to announce it.
   */
  #isDeleted({ opportunityId, isDeletionAnnounced }: DueLook, sighting: Sighting): boolean {
    if (sighting.kind !== 'not_found') return false;
    const isKnown = this.deps.decisions.findCurrent(opportunityId)?.reason === 'deleted';
    return isDeletionAnnounced || isKnown;
  }

  async #isReadAgain(look: DueLook, sighting: Sighting): Promise<boolean> {
    const waitMs = REREAD_AFTER_MS[look.rereads];
    if (waitMs === undefined || sighting.kind !== 'opportunity') return false;
    if (!isContradicted(look, sighting.opportunity)) return false;
    const again = { rereads: look.rereads + 1, attempts: 0, error: null };
    await this.deps.inbox.lookLater(look, waitMs, again);
    return true;
  }

  /** In each write: others may decide while the posting is read. */
  async #decide(
    look: DueLook,
    read: ReadOpportunity,
    { ticket }: StartedRead,
  ): Promise<DecideResult | Outdated> {
    const { decider, inbox, lever, reads } = this.deps;
    const { order, postings } = reads;
    const settle = (tx: Tx, decision: Decision): void => {
      inbox.settle(tx, look, decision);
      order.noteDecided(look.opportunityId, ticket);
    };
    const mayUse = (): boolean => order.mayUse(look.opportunityId, ticket);
    const result = await decider.decide(read, settle, mayUse);
    if (result.kind !== 'posting_needed') return result;
    const postingTags = await lever.client().readPostingTags(look.opportunityId);
    // A tag that the posting lost in between would pass for the candidate's own.
    const again = await lever.client().readOpportunity(look.opportunityId);
    if (!haveSameTags(read.sighting, again)) return { kind: 'outdated' };
    if (read.sighting.kind === 'opportunity') postings.note(read.sighting.opportunity, postingTags);
    return decider.decide({ ...read, postingTags }, settle, mayUse);
  }

  #logDecision(look: DueLook, result: DecideResult): void {
    if (result.kind !== 'decided' || !result.isNew) return;
    const { decision } = result;
    const reason = decision.kind === 'invite' ? null : decision.reason;
    this.deps.log.info(
      { opportunity: look.opportunityId, decision: decision.kind, reason },
      'decided',
    );
  }

  async #postponeUnread(look: DueLook, error: ApiError): Promise<void> {
    const { inbox, lever, log } = this.deps;
    if (error.kind === 'unauthorized') {
      await lever.reject(rejectionOf(error));
      return;
    }
    const isVendorWide = VendorAccess.concerns(error);
    const attempts = isVendorWide ? look.attempts : look.attempts + 1;
    const waitMs = isVendorWide ? lever.pause(error) : lever.retryMs(attempts, error.retryAfterMs);
    log.warn({ opportunity: look.opportunityId, error: error.message, waitMs }, 'read failed');
    const again = { rereads: look.rereads, attempts, error: error.message };
    await inbox.lookLater(look, waitMs, again);
  }

  /** Unforeseen, and nothing says the next attempt will succeed, so others must not wait for it. */
  async #postponeUndecided(look: DueLook, error: unknown): Promise<void> {
    const { inbox, lever, log } = this.deps;
    const attempts = look.attempts + 1;
    const waitMs = lever.retryMs(attempts);
    const message = messageOf(error);
    log.error({ opportunity: look.opportunityId, error: message, waitMs }, 'not decided');
    await inbox.lookLater(look, waitMs, { rereads: 0, attempts, error: message });
  }
}

/** Whether Lever shows another stage or state than the delivery announced, and no later move. */
function isContradicted(
  { announced }: DueLook,
  { stageId, visitAt, isArchived }: Opportunity,
): boolean {
  const isElsewhere = announced.stageId !== null && announced.stageId !== stageId;
  if (isElsewhere && visitAt <= announced.at) return true;
  return announced.isArchived !== null && announced.isArchived !== isArchived;
}

function haveSameTags(one: ReadOpportunity['sighting'], other: Sighting): boolean {
  if (one.kind !== 'opportunity' || other.kind !== 'opportunity') return false;
  return tagsKey(one.opportunity) === tagsKey(other.opportunity);
}
