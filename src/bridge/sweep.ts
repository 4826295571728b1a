/**
 * Reads stages by their lists, and decides everyone whom the pages show: the sweep of all rules' stages, or many due
 * looks that expect candidates in one stage.
 *
 * A stage that can't be read stops no other. Candidates on hold cost no extra calls. A candidate missing from the
 * reading is looked at alone: pages may shift while they are read, and Lever's list may be behind.
 */
import { ApiError, isVendorWide, isUnforeseen, messageOf } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import type { StageId, OpportunityId } from '../domain/ids.js';
import type { LeverReader, StagePage } from '../lever/lever-client.js';
import { listHeldOutsideRules, listVanished, type DueLook } from '../store/candidates.js';
import type { Bridge, ReadOpportunity, StartedRead } from './bridge.js';
import { brakeTogether, type CountedInvite, decideTogether } from './decide.js';
import {
  type BulkLook,
  type ReadingBridge,
  isStageListBehind,
  postingKey,
  requestLooks,
  recordLeverDate,
  timeOfSighting,
} from './look.js';

/**
 * How many candidates, and tags of candidates, are decided in one write: few enough to keep the event loop responsive.
 */
const MOST_IN_BATCH = 25;
const MOST_TAGS_IN_BATCH = 1_000;

/** Lever allows ten calls a second. */
const SHORTEST_CALL_MS = 100;

/** True once the daemon is to stop: the next sweep finds what is left. */
type IsStopped = () => boolean;

interface Swept {
  /** Stages that weren't read to their end. */
  unswept: Set<StageId>;
  /** How long Lever's replies took, without waits for the rate; each counts as a tenth of a second at least. */
  tookMs: number;
  /** Why the stage that failed last could not be read. */
  failure: ApiError | null;
}

/**
 * Sweeps these stages: reads each one's list, and decides everyone in it. A failure of Lever as a whole ends the sweep.
 * The sweep counts as done (`swept`) only if every stage was read. Returns the stages that weren't, how long Lever
 * took, and the last failure.
 */
export async function sweep(
  bridge: Bridge,
  lever: () => LeverReader,
  isStopped: IsStopped,
  stages: ReadonlySet<StageId>,
): Promise<Swept> {
  const { database, integration, clock, log } = bridge;
  const unswept = new Set(stages);
  const swept: Swept = { unswept, tookMs: 0, failure: null };
  for (const stageId of [...unswept]) {
    if (isStopped()) return swept;
    const beganAt = clock.now();
    const reading = await readStage(bridge, lever, isStopped, { stageId });
    const { people, isWhole, failure } = reading;
    swept.tookMs += reading.tookMs;
    unswept.delete(stageId);
    if (isWhole) {
      // On hold here, and not in the list: they left the stage, or the pages shifted.
      await requestLooks(bridge, listVanished(database, stageId, beganAt));
      log.info({ stage: stageId, people }, 'stage swept');
    } else {
      // Added again, so last: next time a stage that failed doesn't delay the others.
      unswept.add(stageId);
    }
    if (failure) {
      log.warn({ stage: stageId, error: failure.message }, 'stage not swept');
      await recordStageUnread(bridge, stageId, failure);
      swept.failure = failure;
      if (isVendorWide(failure)) return swept;
    }
  }
  if (unswept.size > 0) return swept;
  // No stage's reading shows these: their stage has lost its rules. `{}`: unlike those above, they needn't be read
  // alone.
  const outside = listHeldOutsideRules(database);
  await requestLooks(bridge, outside, {}, (tx) => integration.record(tx, 'swept', clock.now()));
  return swept;
}

/** Records why a stage can't be read, for `status` and the alarms. */
async function recordStageUnread(bridge: Bridge, stageId: StageId, error: ApiError): Promise<void> {
  const { database, integration, rules } = bridge;
  const name = rules.listActive().find((rule) => rule.stageId === stageId)?.stageName ?? stageId;
  const why = `Candidates in “${name}” can’t be listed: ${failureInWords(error)}`;
  await database.write((tx) => integration.record(tx, 'sweep_failed', why));
}

/** Listing a stage may take a tenth of the calls to Lever that single looks would. */
const LOOKS_PER_PAGE = 10;

/**
 * Makes many looks that expect candidates in one stage by listing it; those whom the listing doesn't show are looked at
 * alone. Resolves once every outcome is on disk. Throws when one can't be recorded, or Lever can't be called at all, as
 * without a key: then what isn't recorded stays due.
 */
export async function lookAtMany(
  bridge: ReadingBridge,
  isStopped: IsStopped,
  { stageId, looks }: BulkLook,
): Promise<void> {
  // The listing removes from it the looks at candidates whom it shows.
  const notShown = new Map(looks.map((look) => [look.id, look]));
  // A bulk look has at least twenty looks, so two pages may be read.
  const mostPages = Math.floor(looks.length / LOOKS_PER_PAGE);
  const stage = { stageId, mostPages, looks: notShown };
  const { failure, isWhole } = await readStage(bridge, bridge.lever.client, isStopped, stage);
  if (failure) {
    bridge.log.warn({ error: failure.message }, 'stage not listed');
    // Lever as a whole fails, so single looks would too: the rest stays due.
    if (isVendorWide(failure)) return;
    // Any other failure is of this list: single looks may do.
  } else if (!isWhole) return; // The daemon is stopping: what is left stays due for the next one.
  const fields = { stage: stageId, people: looks.length, notShown: notShown.size };
  bridge.log.info(fields, 'stage batch checked');
  await requestLooks(bridge, [...notShown.keys()]);
}

interface StageToRead {
  stageId: StageId;
  /** Stop after this many pages. */
  mostPages?: number;
  /** Looks that the reading's decisions settle. Looks at candidates it doesn't show stay in here. */
  looks?: Map<OpportunityId, DueLook>;
}

interface StageReading {
  /** How many candidates the reading saw; one who moved between pages counts twice. */
  people: number;
  /** How long Lever's replies took; each counts as a tenth of a second at least. */
  tookMs: number;
  /** False when the reading was stopped, or failed. */
  isWhole: boolean;
  failure: ApiError | null;
}

/** The state of deciding everyone in one stage. */
interface Deciding {
  bridge: Bridge;
  /** Candidates left undecided because the brake would count them: at most its limit and a page. */
  undecided: Map<OpportunityId, CountedInvite>;
  /** How many reads to end once everyone is decided. */
  readsBegun: number;
}

/**
 * Decides everyone in a stage, page by page: for the sweep, or for many looks that are due there.
 *
 * At first it leaves undecided those whose new invite the brake (the limit on how many a rule may send at once) would
 * count, until the whole stage is read or their rule has too many. Then it decides each of them again, in the write
 * that records it. What precedes a failing page is counted and decided too.
 */
async function readStage(
  bridge: Bridge,
  lever: () => LeverReader,
  isStopped: IsStopped,
  stage: StageToRead,
): Promise<StageReading> {
  const deciding: Deciding = { bridge, undecided: new Map(), readsBegun: 0 };
  try {
    const reading = await readPages(deciding, lever, isStopped, stage);
    const wasStopped = !reading.isWhole && reading.failure === null;
    // Nothing is stored of those left undecided: the next sweep finds them.
    if (wasStopped) return reading;
    const undecided = [...deciding.undecided.values()].map(({ read }) => read);
    await decideAll(deciding, undecided, 'decide');
    return reading;
  } finally {
    // Only now: those left undecided are decided on these reads, so newer decisions are remembered until then.
    bridge.reads.end(deciding.readsBegun);
  }
}

/** Reads a stage's pages up to `mostPages`, and decides those on each, but for those whom the brake would count. */
async function readPages(
  deciding: Deciding,
  lever: () => LeverReader,
  isStopped: IsStopped,
  { stageId, mostPages = Infinity, looks = new Map() }: StageToRead,
): Promise<StageReading> {
  const reading: StageReading = { people: 0, tookMs: 0, isWhole: true, failure: null };
  let pages = 0;
  // Each page's read begins before the page is asked for.
  let started = beginRead(deciding);
  try {
    for await (const page of lever().listStage(stageId)) {
      pages += 1;
      reading.tookMs += Math.max(page.tookMs, SHORTEST_CALL_MS);
      reading.people += page.opportunities.length;
      await decidePage(deciding, page, started, looks);
      // Still whole: the caller asked for no more.
      if (pages >= mostPages) return reading;
      if (isStopped()) return { ...reading, isWhole: false };
      started = beginRead(deciding);
    }
    return reading;
  } catch (error) {
    // Only reading a page fails like this.
    if (!(error instanceof ApiError)) throw error;
    return { ...reading, isWhole: false, failure: error };
  }
}

/** Begins the read of a page; `readStage` ends it. */
function beginRead(deciding: Deciding): StartedRead {
  deciding.readsBegun += 1;
  return deciding.bridge.reads.begin();
}

/**
 * Decides those whom a page shows. Those whom the brake would count are left undecided, until their rule has too many.
 * `looks` keeps those at candidates whom the page doesn't show.
 */
async function decidePage(
  deciding: Deciding,
  { opportunities, leverNow }: StagePage,
  { ticket, startedMs }: StartedRead,
  looks: Map<OpportunityId, DueLook>,
): Promise<void> {
  const { bridge } = deciding;
  await recordLeverDate(bridge, leverNow);
  // Lever's list may be behind an earlier read of a candidate: they are looked at alone.
  const behind = opportunities.filter((one) => isStageListBehind(bridge, one));
  await requestLooks(
    bridge,
    behind.map(({ id }) => id),
  );
  const shown = opportunities.filter((one) => !behind.includes(one));
  const reads = shown.map((opportunity): ReadOpportunity => {
    const { id } = opportunity;
    const sighting = { kind: 'opportunity', opportunity, leverNow } as const;
    const posting = bridge.postings.find(postingKey(opportunity));
    const look = looks.get(id);
    looks.delete(id);
    return {
      id,
      sighting,
      ticket,
      // A read is as old as its oldest part, which may be the posting's tags. What is decided on an old one is sent only
      // after a new look.
      startedMs: Math.min(startedMs, posting?.readAtMs ?? Infinity),
      now: timeOfSighting(sighting, bridge.clock),
      ...(look && { look }),
      ...(posting && { postingTags: posting.postingTags }),
    };
  });
  await decideAll(deciding, reads, 'leave_undecided');
  await brakeUndecided(deciding);
}

/**
 * Once those left undecided would exceed their rule's limit, engages its brake and decides them: they go on hold, like
 * every further one of that rule.
 */
async function brakeUndecided(deciding: Deciding): Promise<void> {
  const { bridge, undecided } = deciding;
  // A single look may have decided some of them meanwhile.
  const usable = [...undecided.values()].filter(({ read }) => bridge.reads.mayUse(read));
  if (usable.length === 0) return;
  const braked = await brakeTogether(bridge, usable);
  const held = usable.filter(({ invite }) => braked.has(invite.rule.id)).map(({ read }) => read);
  await decideAll(deciding, held, 'decide');
}

/**
 * Decides all in batches. `countedInvites`: what happens to those whose new invite the brake would count. Left
 * undecided, they are in `deciding.undecided` afterwards.
 */
async function decideAll(
  deciding: Deciding,
  reads: readonly ReadOpportunity[],
  countedInvites: 'decide' | 'leave_undecided',
): Promise<void> {
  for (const batch of batchesOf(reads)) {
    // `decideBatch` puts back those whom it leaves undecided. If it throws, the reading ends: nothing is stored of anyone
    // undecided, so the next reading decides them.
    for (const { id } of batch) deciding.undecided.delete(id);
    await decideBatch(deciding, batch, countedInvites);
  }
}

/**
 * Decides a batch in one write. If that fails by a bug, decides each alone, so a candidate who can't be decided doesn't
 * stop the others. `countedInvites` as in `decideAll`.
 */
async function decideBatch(
  deciding: Deciding,
  batch: readonly ReadOpportunity[],
  countedInvites: 'decide' | 'leave_undecided',
): Promise<void> {
  const { bridge, undecided } = deciding;
  try {
    const results = await decideTogether(bridge, batch, countedInvites);
    for (const one of results.leftForBrake) undecided.set(one.read.id, one);
    // A stage's list shows no tags of postings: a single look reads them.
    const withUnreadPosting = results.postingNeeded.map(({ id }) => id);
    await requestLooks(bridge, withUnreadPosting);
  } catch (error) {
    if (!isUnforeseen(error)) throw error;
    // One of them failed the whole write: deciding each alone finds out which.
    if (batch.length > 1) {
      for (const read of batch) await decideBatch(deciding, [read], countedInvites);
      return;
    }
    // A single look fails too, and records why.
    const ids = batch.map(({ id }) => id);
    bridge.log.error({ opportunity: ids[0], error: messageOf(error) }, 'not decided');
    await requestLooks(bridge, ids);
  }
}

/**
 * Splits reads into batches that one write decides: `MOST_IN_BATCH` candidates with `MOST_TAGS_IN_BATCH` tags in all,
 * at most.
 */
function* batchesOf(reads: readonly ReadOpportunity[]): Generator<ReadOpportunity[]> {
  let batch: ReadOpportunity[] = [];
  let tags = 0;
  for (const read of reads) {
    // A candidate with more tags than a batch may have is a batch alone.
    const own = read.sighting.opportunity?.tags.length ?? 0;
    if (batch.length === MOST_IN_BATCH || (batch.length > 0 && tags + own > MOST_TAGS_IN_BATCH)) {
      yield batch;
      batch = [];
      tags = 0;
    }
    batch.push(read);
    tags += own;
  }
  if (batch.length > 0) yield batch;
}
