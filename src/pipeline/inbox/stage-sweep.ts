/** One reading of a stage: decides page by page, but what the brake must count together. */
import type { Tx } from '../../storage/database/database.js';
import type { Decision } from '../../domain/decision.js';
import { ApiError, isUnforeseen, messageOf } from '../../domain/errors.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import type { LeverReader, StagePage } from '../../domain/lever-ports.js';
import type { Log } from '../../domain/log.js';
import type { Opportunity } from '../../domain/opportunity.js';
import { REASONS } from '../../domain/reasons.js';
import type { Counted, Decider, DecideResult } from '../decide/decider.js';
import type { ReadOpportunity } from '../decide/conclude.js';
import type { InboxStore } from './inbox-store.js';
import type { ReadTicket, SharedReads, StartedRead } from './read-memory.js';

export interface StageSweepDeps {
  lever: () => LeverReader;
  inbox: InboxStore;
  decider: Decider;
  reads: SharedReads;
  log: Log;
}

export interface SweepHooks {
  /** Called after each batch, so queued invitations are sent at once. */
  onDecided: () => void;
  /** True to stop: the next sweep finds what is left. */
  isStopped: () => boolean;
}

export interface StageListing {
  /** Only who came since then, epoch ms on Lever's clock; undefined: everyone. */
  advancedSince?: number | undefined;
  /** Stop after this many pages. */
  maxPages?: number;
}

/** Called for each decision inside its write, in place of having timed holds looked at again. */
export type OnSettled = (tx: Tx, id: OpportunityId, decision: Decision) => void;

export type NewStageSweep = (onSettled?: OnSettled) => StageSweep;

type SweptRead = ReadOpportunity & { opportunity: Opportunity; ticket: ReadTicket };
type Swept = { read: SweptRead; result: DecideResult | Counted };

/** Small enough to keep the event loop responsive: this many candidates, with this many tags. */
const BATCH = 25;
const BATCH_TAGS = 1_000;

export class StageSweep {
  /** How many candidates it saw; one who moved between pages counts twice. */
  people = 0;
  /** How often it engaged a brake. */
  braked = 0;
  /** How many pages it asked for. */
  pages = 0;
  readonly #tickets: ReadTicket[] = [];
  /** New invites, until the whole list is known: at most the brake's limit plus a page. */
  readonly #kept = new Map<OpportunityId, SweptRead>();

  constructor(
    private readonly deps: StageSweepDeps,
    private readonly hooks: SweepHooks,
    private readonly onSettled?: OnSettled,
  ) {}

  /**
   * Resolves with false when it was stopped. What was read before an unreadable page is decided
   * anyway. Throws `ApiError`.
   */
  async run(stageId: StageId, listing: StageListing = {}): Promise<boolean> {
    try {
      return await this.#readAll(stageId, listing);
    } catch (error) {
      if (error instanceof ApiError) await this.#decideKept();
      throw error;
    } finally {
      this.deps.reads.order.end(...this.#tickets);
    }
  }

  async #readAll(stageId: StageId, listing: StageListing): Promise<boolean> {
    const { advancedSince, maxPages = Infinity } = listing;
    const { lever, reads } = this.deps;
    const options = advancedSince === undefined ? {} : { advancedSince };
    const pages = lever().listStage(stageId, options)[Symbol.asyncIterator]();
    while (this.pages < maxPages) {
      if (this.hooks.isStopped()) return false;
      const started = reads.begin();
      this.#tickets.push(started.ticket);
      const page: IteratorResult<StagePage, unknown> = await pages.next();
      if (page.done === true) break;
      this.pages += 1;
      await this.#decidePage(page.value.opportunities.map((one) => this.#toRead(one, started)));
    }
    await this.#decideKept();
    return true;
  }

  #toRead(opportunity: Opportunity, { ticket, startedMs }: StartedRead): SweptRead {
    const remembered = this.deps.reads.postings.find(opportunity);
    return {
      id: opportunity.id,
      sighting: { kind: 'opportunity', opportunity },
      // A read is as old as its oldest part: what it makes due is sent only after a new look.
      startedMs: Math.min(startedMs, remembered?.readAtMs ?? Infinity),
      opportunity,
      ticket,
      ...(remembered && { postingTags: remembered.postingTags }),
    };
  }

  async #decidePage(reads: SweptRead[]): Promise<void> {
    this.people += reads.length;
    await this.#decide(reads, 'leave');
    await this.#brake();
  }

  /** Once a rule has too many, those held back go on hold, and so does every further one. */
  async #brake(): Promise<void> {
    const kept = [...this.#kept.values()].filter((read) => this.#mayUse(read));
    if (kept.length === 0) return;
    const braked = await this.deps.decider.brakeTogether(kept);
    if (braked.length === 0) return;
    this.braked += braked.length;
    await this.#decide(kept, 'leave');
  }

  async #decideKept(): Promise<void> {
    await this.#decide([...this.#kept.values()], 'decide');
  }

  async #decide(reads: readonly SweptRead[], counted: 'decide' | 'leave'): Promise<void> {
    for (const batch of batchesOf(reads)) {
      for (const { id } of batch) this.#kept.delete(id);
      const swept = await this.#decideBatch(batch, counted);
      for (const one of swept) this.#note(one);
      await this.#lookCloser(swept);
      this.hooks.onDecided();
    }
  }

  /** One write; one that can't be decided doesn't stop the others. */
  async #decideBatch(batch: readonly SweptRead[], counted: 'decide' | 'leave'): Promise<Swept[]> {
    try {
      return await this.deps.decider.decideTogether(
        batch,
        (read) => this.#mayUse(read),
        (tx, read, decision) => this.#settle(tx, read, decision),
        counted,
      );
    } catch (error) {
      if (!isUnforeseen(error)) throw error;
      if (batch.length === 1) return this.#leaveOut(batch, error);
      const swept: Swept[] = [];
      for (const read of batch) swept.push(...(await this.#decideBatch([read], counted)));
      return swept;
    }
  }

  /** A look at it alone fails too, and records why. */
  async #leaveOut(batch: readonly SweptRead[], error: unknown): Promise<Swept[]> {
    const ids = batch.map(({ id }) => id);
    this.deps.log.error({ opportunity: ids[0], error: messageOf(error) }, 'not decided');
    await this.deps.inbox.readAlone(ids);
    return [];
  }

  #mayUse({ id, ticket }: SweptRead): boolean {
    return this.deps.reads.order.mayUse(id, ticket);
  }

  /** Inside the decision's write. */
  #settle(tx: Tx, read: SweptRead, decision: Decision): void {
    this.deps.reads.order.noteDecided(read.id, read.ticket);
    if (this.onSettled) this.onSettled(tx, read.id, decision);
    else this.deps.inbox.ensureDelayed(tx, read.id, decision);
  }

  #note({ read, result }: Swept): void {
    if (result.kind === 'counted') this.#kept.set(read.id, read);
    if (result.kind !== 'decided' || !result.isNew) return;
    const { decision } = result;
    const reason = decision.kind === 'invite' ? null : decision.reason;
    if (reason !== null && REASONS[reason].isRoutine === true) return;
    const fields = { opportunity: read.id, decision: decision.kind, reason };
    this.deps.log.info(fields, 'decided in a sweep');
  }

  /** A candidate whose list record isn't enough to decide is read alone. */
  async #lookCloser(swept: readonly Swept[]): Promise<void> {
    const needed = swept.filter(({ result: { kind } }) => kind === 'posting_needed');
    await this.deps.inbox.readAlone(needed.map(({ read }) => read.id));
  }
}

function* batchesOf(reads: readonly SweptRead[]): Generator<SweptRead[]> {
  let batch: SweptRead[] = [];
  let tags = 0;
  for (const read of reads) {
    const more = read.opportunity.tags.length;
    if (batch.length === BATCH || (batch.length > 0 && tags + more > BATCH_TAGS)) {
      yield batch;
      batch = [];
      tags = 0;
    }
    batch.push(read);
    tags += more;
  }
  if (batch.length > 0) yield batch;
}
