/** Looks at everybody in the rules' stages and decides each afresh, from the list's pages alone. */
import type { Clock } from '../domain/clock.js';
import type { Decision } from '../domain/decision.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import type { Log } from '../domain/log.js';
import type { Opportunity } from '../domain/opportunity.js';
import type { RuleRows } from '../integration/rule-rows.js';
import type { Decider, DecideResult, ReadOpportunity } from './decider.js';
import type { InboxRows } from './inbox-rows.js';
import type { DecisionRows } from './decision-rows.js';
import type { InboxStore } from './inbox-store.js';
import type { LeverReader, StagePage } from './lever-port.js';
import type { PostingTagsMemory } from './posting-tags-memory.js';
import type { ReadOrder, ReadTicket } from './read-order.js';

export interface SweepParts {
  lever: () => LeverReader;
  rules: RuleRows;
  decisions: DecisionRows;
  inbox: InboxRows;
  store: InboxStore;
  decider: Decider;
  order: ReadOrder;
  postings: PostingTagsMemory;
  clock: Clock;
  log: Log;
  /** Told after each batch, so that what was queued goes at once. */
  onDecided: () => void;
  /** True once the sweep should stop: nothing it leaves undone is lost, the next one finds it. */
  isStopped: () => boolean;
}

type SweptRead = ReadOpportunity & { ticket: ReadTicket };

/** Small enough not to keep the event loop from answering. */
const BATCH = 100;

export class Sweep {
  constructor(private readonly parts: SweepParts) {}

  /** Resolves when every stage was seen whole; throws `ApiError` when one could not be read to its end. */
  async run(): Promise<void> {
    const stages = new Set(this.parts.rules.listActive().map((rule) => rule.stageId));
    for (const stageId of stages) {
      if (this.parts.isStopped()) return;
      await this.#sweepStage(stageId);
    }
    const { decisions, store, clock } = this.parts;
    await store.hintAll(decisions.listHeldOutsideRules(), clock.now());
  }

  async #sweepStage(stageId: StageId): Promise<void> {
    const { decisions, store, clock, order, log } = this.parts;
    const beganAt = clock.now();
    const tickets: ReadTicket[] = [];
    try {
      const reads = await this.#readStage(stageId, tickets);
      const braked = await this.parts.decider.brakeTogether(reads);
      await this.#decideAll(reads);
      await store.hintAll(decisions.listVanished(stageId, beganAt), clock.now());
      log.info({ stage: stageId, people: reads.length, braked: braked.length }, 'stage swept');
    } finally {
      for (const ticket of tickets) order.end(ticket);
    }
  }

  /** The whole stage before anything is decided: what one sweep finds counts together. */
  async #readStage(stageId: StageId, tickets: ReadTicket[]): Promise<SweptRead[]> {
    const found = new Map<OpportunityId, SweptRead>();
    const pages = this.parts.lever().listStage(stageId)[Symbol.asyncIterator]();
    for (;;) {
      const ticket = this.parts.order.begin();
      tickets.push(ticket);
      const startedMs = this.parts.clock.monotonicMs();
      const page: IteratorResult<StagePage, unknown> = await pages.next();
      if (page.done === true) return [...found.values()];
      for (const opportunity of page.value.opportunities) {
        found.set(opportunity.id, this.#toRead(opportunity, startedMs, ticket));
      }
    }
  }

  async #decideAll(reads: readonly SweptRead[]): Promise<void> {
    const { decider, order, onDecided } = this.parts;
    const mayUse = (read: SweptRead): boolean => order.mayUse(read.id, read.ticket);
    const settle = (read: SweptRead, decision: Decision): void => {
      order.noteDecided(read.id, read.ticket);
      if (decision.kind === 'hold' && decision.until !== null) {
        this.parts.inbox.ensure(read.id, decision.until);
      }
    };
    for (let start = 0; start < reads.length; start += BATCH) {
      const batch = reads.slice(start, start + BATCH);
      const results = await decider.decideTogether(batch, mayUse, settle);
      this.#logDecisions(results);
      await this.#lookCloser(results);
      onDecided();
    }
  }

  /** But for the quiet ones: most people in a stage are no engineers, or were there before. */
  #logDecisions(results: { read: SweptRead; result: DecideResult }[]): void {
    for (const { read, result } of results) {
      if (result.kind !== 'decided' || !result.isNew) continue;
      const { decision } = result;
      const reason = decision.kind === 'invite' ? null : decision.reason;
      if (reason === 'no_tag' || reason === 'before_activation') continue;
      const fields = { opportunity: read.id, decision: decision.kind, reason };
      this.parts.log.info(fields, 'decided in a sweep');
    }
  }

  #toRead(opportunity: Opportunity, startedMs: number, ticket: ReadTicket): SweptRead {
    const postingTags = this.parts.postings.find(opportunity);
    return {
      id: opportunity.id,
      sighting: { kind: 'opportunity', opportunity },
      startedMs,
      wasInRuleStage: true,
      ticket,
      ...(postingTags === undefined ? {} : { postingTags }),
    };
  }

  /** Whose posting was never read is looked at one by one. */
  async #lookCloser(results: { read: SweptRead; result: DecideResult }[]): Promise<void> {
    const needed = results.filter(({ result }) => result.kind === 'posting_needed');
    await this.parts.store.hintAll(
      needed.map(({ read }) => read.id),
      this.parts.clock.now(),
    );
  }
}
