/**
 * Checks everyone in the rules' stages and decides each again, from the list's pages alone.
 *
 * A stage that can't be read stops no other. Candidates on hold cost no extra calls. A candidate missing from the
 * reading is looked at alone, because pages may shift while they are read.
 */
import type { StagePage } from '../domain/vendor-ports.js';
import { ApiError, isVendorWide, isUnforeseen, messageOf } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import type { StageId, OpportunityId } from '../domain/ids.js';
import type { Bridge, LeverReads, SweepProgress } from './bridge.js';
import { requestLooks, recordLeverDate, timeOfSighting, nextLookAt } from './look.js';
import {
  listHeldOutsideRules,
  listVanished,
  lookAgainAt,
  settleLook,
  type DueLook,
} from '../store/candidates.js';
import type { Opportunity } from '../domain/opportunity.js';
import { REASONS } from '../domain/reasons.js';
import {
  brakeTogether,
  decideTogether,
  type Counted,
  type DecideResult,
  type ReadOpportunity,
} from './decide.js';
import type { ReadTicket, StartedRead } from './memory.js';

/** Candidates, and tags of candidates, decided at a time: few enough to keep the event loop responsive. */
const BATCH = 25;
const BATCH_TAGS = 1_000;

interface Swept {
  /** Stages that weren't read to their end. */
  left: Set<StageId>;
  /** How many calls to Lever the sweep took. */
  calls: number;
  /** Why the first unreadable stage could not be read. */
  failure: ApiError | null;
}

export function stagesOfRules({ rules }: Pick<Bridge, 'rules'>): Set<StageId> {
  return new Set(rules.listActive().map(({ stageId }) => stageId));
}

/** Sweeps these stages, if they still have rules. A failure of Lever as a whole ends the sweep. */
export async function sweep(
  bridge: Bridge,
  lever: LeverReads,
  progress: SweepProgress,
  stages: ReadonlySet<StageId>,
): Promise<Swept> {
  const withRules = stagesOfRules(bridge);
  const left = new Set([...stages].filter((stageId) => withRules.has(stageId)));
  const swept: Swept = { left, calls: 0, failure: null };
  for (const stageId of [...left]) {
    const failure = await sweepStage(bridge, lever, progress, swept, stageId);
    if (failure && swept.failure === null) {
      swept.failure = failure;
      await noteUnread(bridge, stageId, failure);
    }
    if (failure && isVendorWide(failure)) return swept;
    if (progress.isStopped()) return swept;
  }
  if (swept.failure === null) await finish(bridge);
  return swept;
}

async function sweepStage(
  bridge: Bridge,
  lever: LeverReads,
  progress: SweepProgress,
  swept: Swept,
  stageId: StageId,
): Promise<ApiError | null> {
  const { database, clock, log } = bridge;
  const beganAt = clock.now();
  const stage = { stageId };
  const { people, pages, braked, isWhole, failure } = await readStage(
    bridge,
    lever,
    progress,
    stage,
  );
  swept.calls += pages;
  swept.left.delete(stageId);
  // A stage that fails comes last next time.
  if (!isWhole) swept.left.add(stageId);
  if (failure) log.warn({ stage: stageId, error: failure.message }, 'stage not swept');
  if (!isWhole) return failure;
  await requestLooks(bridge, listVanished(database, stageId, beganAt));
  log.info({ stage: stageId, people, braked }, 'stage swept');
  return null;
}

async function noteUnread(bridge: Bridge, stageId: StageId, error: ApiError): Promise<void> {
  const { database, integration, rules } = bridge;
  const name = rules.listActive().find((rule) => rule.stageId === stageId)?.stageName ?? stageId;
  const why = `Candidates in “${name}” can’t be listed: ${failureInWords(error)}`;
  await database.write((tx) => integration.recordSweepFailed(tx, why));
}

async function finish(bridge: Bridge): Promise<void> {
  const { database, integration, clock } = bridge;
  const outside = listHeldOutsideRules(database);
  await requestLooks(bridge, outside, {}, (tx) => integration.recordSwept(tx, clock.now()));
}

interface StageToRead {
  stageId: StageId;
  /** Stop after this many pages. */
  mostPages?: number;
  /** Looks that the reading's decisions settle. Looks at candidates it doesn't find stay in here. */
  looks?: Map<OpportunityId, DueLook>;
}

interface StageReading {
  /** How many candidates the reading saw; one who moved between pages counts twice. */
  people: number;
  pages: number;
  /** How often the reading engaged a brake. */
  braked: number;
  /** False when the reading was stopped, or failed. */
  isWhole: boolean;
  failure: ApiError | null;
}

type StageRead = ReadOpportunity & { opportunity: Opportunity; ticket: ReadTicket };
type Left = { read: StageRead; counted: Counted };

/**
 * Decides everyone in a stage, page by page: for the sweep, or for many looks that are due there.
 *
 * At first it leaves undecided those whom the brake would count, until the stage is known or their rule has too many.
 * Then it decides each of them again, in the write that records it. What precedes a failing page is counted and decided
 * too.
 */
export async function readStage(
  bridge: Bridge,
  lever: LeverReads,
  progress: SweepProgress,
  { stageId, mostPages = Infinity, looks = new Map<OpportunityId, DueLook>() }: StageToRead,
): Promise<StageReading> {
  const reading: StageReading = { people: 0, pages: 0, braked: 0, isWhole: true, failure: null };
  const tickets: ReadTicket[] = [];
  const deciding: Deciding = { bridge, lever, progress, looks, left: new Map() };
  try {
    const pages = lever.client().listStage(stageId)[Symbol.asyncIterator]();
    while (reading.pages < mostPages) {
      if (progress.isStopped()) return { ...reading, isWhole: false };
      const started = lever.reads.begin();
      tickets.push(started.ticket);
      const page = await nextPage(pages);
      if (page instanceof ApiError) reading.failure = page;
      if (page === undefined || page instanceof ApiError) break;
      reading.pages += 1;
      reading.people += page.opportunities.length;
      const { leverNow } = page;
      await recordLeverDate(bridge, leverNow);
      const reads = page.opportunities.map((opportunity) => {
        const seen = { kind: 'opportunity', opportunity, leverNow } as const;
        return toRead(lever, opportunity, started, timeOfSighting(seen, bridge.clock));
      });
      await decideAll(deciding, reads, 'leave');
      reading.braked += await brakeLeft(deciding);
    }
    await decideAll(deciding, readsOf(deciding.left.values()), 'decide');
    return { ...reading, isWhole: reading.failure === null };
  } finally {
    lever.reads.order.end(...tickets);
  }
}

interface Deciding {
  bridge: Bridge;
  lever: LeverReads;
  progress: SweepProgress;
  looks: Map<OpportunityId, DueLook>;
  /** Candidates left undecided because the brake would count them: at most its limit and a page. */
  left: Map<OpportunityId, Left>;
}

/** The next page, or why it failed; undefined at the end of the list. */
async function nextPage(
  pages: AsyncIterator<StagePage>,
): Promise<StagePage | ApiError | undefined> {
  try {
    const page: IteratorResult<StagePage, unknown> = await pages.next();
    return page.done === true ? undefined : page.value;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function toRead(
  { reads }: LeverReads,
  opportunity: Opportunity,
  started: StartedRead,
  now: number,
): StageRead {
  const remembered = reads.postings.find(opportunity);
  return {
    id: opportunity.id,
    sighting: { kind: 'opportunity', opportunity },
    // A read is as old as its oldest part: what it makes due is sent only after a new look.
    startedMs: Math.min(started.startedMs, remembered?.readAtMs ?? Infinity),
    now,
    opportunity,
    ticket: started.ticket,
    ...(remembered && { postingTags: remembered.postingTags }),
  };
}

function readsOf(left: Iterable<Left>): StageRead[] {
  return [...left].map(({ read }) => read);
}

/** Once a rule has too many, puts those left on hold, like every further one. Returns how many rules that are. */
async function brakeLeft(deciding: Deciding): Promise<number> {
  const { bridge, lever, left } = deciding;
  const usable = [...left.values()].filter(({ read }) => mayUse(lever, read));
  if (usable.length === 0) return 0;
  const braked = await brakeTogether(
    bridge,
    usable.map(({ counted }) => counted),
    Math.max(...usable.map(({ read }) => read.now)),
  );
  const held = usable.filter(({ counted }) => braked.includes(counted.invite.rule.id));
  await decideAll(deciding, readsOf(held), 'decide');
  return braked.length;
}

/** Decides all in batches. `counted`: what happens to those whom the brake counts; 'leave' leaves them undecided. */
async function decideAll(
  deciding: Deciding,
  reads: readonly StageRead[],
  counted: 'decide' | 'leave',
): Promise<void> {
  for (const batch of batchesOf(reads)) {
    for (const { id } of batch) deciding.left.delete(id);
    await decideBatch(deciding, batch, counted);
    deciding.progress.onDecided();
  }
}

/** Decides a batch in one write. A candidate who can't be decided doesn't stop the others. `counted` as in `decideAll`. */
async function decideBatch(
  deciding: Deciding,
  batch: readonly StageRead[],
  counted: 'decide' | 'leave',
): Promise<void> {
  const { bridge, lever, left } = deciding;
  const { order } = lever.reads;
  try {
    const results = await decideTogether(
      bridge,
      batch,
      (read) => mayUse(lever, read),
      (tx, read, decision) => {
        order.recordDecided(read.id, read.ticket);
        const look = deciding.looks.get(read.id);
        const againAt = nextLookAt(decision, read.now, bridge.clock);
        if (look) settleLook(tx, look, againAt);
        else lookAgainAt(tx, read.id, againAt);
      },
      counted,
    );
    // A later read of these candidates was decided on. Their looks stay due.
    for (const read of batch) if (!mayUse(lever, read)) deciding.looks.delete(read.id);
    for (const { read, result } of results) {
      if (result.kind === 'counted') left.set(read.id, { read, counted: result });
      if (result.kind !== 'decided') continue;
      deciding.looks.delete(read.id);
      logDecision(bridge, read, result);
    }
    // For these the list's record isn't enough.
    const unclear = results.filter(({ result }) => result.kind === 'posting_needed');
    await requestLooks(
      bridge,
      unclear.map(({ read }) => read.id),
    );
  } catch (error) {
    if (!isUnforeseen(error)) throw error;
    if (batch.length > 1) {
      for (const read of batch) await decideBatch(deciding, [read], counted);
      return;
    }
    // A single look fails too, and records why.
    const ids = batch.map(({ id }) => id);
    bridge.log.error({ opportunity: ids[0], error: messageOf(error) }, 'not decided');
    await requestLooks(bridge, ids);
  }
}

function mayUse({ reads }: LeverReads, { id, ticket }: StageRead): boolean {
  return reads.order.mayUse(id, ticket);
}

function logDecision({ log }: Bridge, { id }: StageRead, result: DecideResult): void {
  if (result.kind !== 'decided' || !result.isNew) return;
  const { decision } = result;
  const reason = decision.kind === 'invite' ? null : decision.reason;
  if (reason !== null && REASONS[reason].isRoutine === true) return;
  log.info({ opportunity: id, decision: decision.kind, reason }, 'decided in a sweep');
}

function* batchesOf(reads: readonly StageRead[]): Generator<StageRead[]> {
  let batch: StageRead[] = [];
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
