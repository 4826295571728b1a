/** Reads one candidate from Lever as they are now, decides, and settles the look with the decision. */
import { type Clock, clockLead, timeOfRead } from '../domain/clock.js';
import type { Decision } from '../domain/decision.js';
import { ApiError, isUnforeseen, isVendorWide, messageOf } from '../domain/errors.js';
import type { LeverReader, LeverSighting } from '../domain/vendor-ports.js';
import type { Opportunity, Sighting } from '../domain/opportunity.js';
import { decideOne, type DecideResult, type Outdated, type ReadOpportunity } from './decide.js';
import {
  findCandidateRow,
  postponeLook,
  settleLook,
  type DueLook,
  type PostponedLook,
  hint,
  type Hint,
} from '../store/candidates.js';
import { tagsKey, type SharedReads, type StartedRead } from './memory.js';
import type { Circuit } from '../net/circuit.js';
import type { Bridge } from './bridge.js';
import type { OpportunityId } from '../domain/ids.js';
import type { Database, Tx } from '../store/database/database.js';
import { clockOff } from '../domain/problem.js';
import { storeFound, listFound } from '../store/facts.js';

/** Pauses before reading again if Lever contradicts the webhook: 5 s and 30 s after the first read. */
const REREAD_AFTER_MS = [5_000, 25_000];

/** The row of facts that says whether our clock agrees with Lever's. */
const CHECK = 'clock';

/** Looks at one candidate. Resolves once the outcome is on disk; throws only when it can't be recorded. */
export async function lookAt(
  bridge: Bridge,
  lever: Circuit<LeverReader>,
  reads: SharedReads,
  look: DueLook,
): Promise<void> {
  try {
    await readAndDecide(bridge, lever, reads, look);
  } catch (error) {
    if (error instanceof ApiError) await postponeUnread(bridge, lever, look, error);
    else if (isUnforeseen(error)) await postponeUndecided(bridge, lever, look, error);
    else throw error;
  }
}

async function readAndDecide(
  bridge: Bridge,
  lever: Circuit<LeverReader>,
  reads: SharedReads,
  look: DueLook,
): Promise<void> {
  let result: DecideResult | Outdated | undefined;
  do {
    const started = reads.begin();
    try {
      const read = await readOne(bridge, lever, look, started);
      result = read && (await decideOn(bridge, lever, reads, look, read, started));
    } finally {
      reads.order.end(started.ticket);
    }
  } while (result?.kind === 'outdated');
  if (result?.kind === 'decided' && result.isNew) {
    const { decision } = result;
    const reason = decision.kind === 'invite' ? null : decision.reason;
    const fields = { opportunity: look.id, decision: decision.kind, reason };
    bridge.log.info(fields, 'decided');
  }
}

/**
 * When to look again at a candidate on hold for a time, on our clock; null for others. `readAt`: Lever's time of the
 * read.
 */
export function nextLookAt(decision: Decision, readAt: number, clock: Clock): number | null {
  if (decision.kind !== 'hold' || decision.until === null) return null;
  return clock.now() + (decision.until - readAt);
}

/** Reads the opportunity. Undefined when another read has to come before a decision. */
async function readOne(
  bridge: Bridge,
  lever: Circuit<LeverReader>,
  look: DueLook,
  { startedMs }: StartedRead,
): Promise<ReadOpportunity | undefined> {
  const sighting = await lever.client().readOpportunity(look.id);
  await recordLeverDate(bridge, sighting.leverNow);
  const waitMs = REREAD_AFTER_MS[look.rereads];
  if (waitMs !== undefined && isContradicted(look, sighting)) {
    const again = { rereads: look.rereads + 1, attempts: 0, error: null };
    await lookLater(bridge, look, waitMs, again);
    return undefined;
  }
  return {
    id: look.id,
    sighting: isDeleted(bridge, look, sighting) ? { kind: 'deleted' } : sighting,
    startedMs,
    now: timeOfSighting(sighting, bridge.clock),
    announcedStageId: look.announced_stage_id,
  };
}

/**
 * Whether the opportunity is deleted. A 404 alone doesn't prove it: Lever must also have announced it, or listed it as
 * deleted. Once recorded as deleted, it needs no further announcement.
 */
function isDeleted({ database }: Bridge, look: DueLook, sighting: Sighting): boolean {
  if (sighting.kind !== 'not_found') return false;
  const isKnown = findCandidateRow(database, look.id)?.reason === 'deleted';
  return look.is_deletion_announced === 1 || isKnown;
}

/** Decides on a read. Checks in each write whether it may be used: others may decide while the posting is read. */
async function decideOn(
  bridge: Bridge,
  lever: Circuit<LeverReader>,
  { order, postings }: SharedReads,
  look: DueLook,
  read: ReadOpportunity,
  { ticket }: StartedRead,
): Promise<DecideResult | Outdated> {
  const decide = (read: ReadOpportunity) =>
    decideOne(
      bridge,
      read,
      (tx, decision) => {
        settleLook(tx, look, nextLookAt(decision, read.now, bridge.clock));
        order.recordDecided(look.id, ticket);
      },
      () => order.mayUse(look.id, ticket),
    );
  const result = await decide(read);
  if (result.kind !== 'posting_needed') return result;
  const postingTags = await lever.client().readPostingTags(look.id);
  // Read the opportunity again: a tag that the posting has just lost would pass for the candidate's own.
  const again = await lever.client().readOpportunity(look.id);
  if (!haveSameTags(read.sighting, again)) return { kind: 'outdated' };
  if (read.sighting.kind === 'opportunity')
    postings.remember(read.sighting.opportunity, postingTags);
  return decide({ ...read, postingTags });
}

async function postponeUnread(
  bridge: Bridge,
  lever: Circuit,
  look: DueLook,
  error: ApiError,
): Promise<void> {
  // A failure of the vendor as a whole counts no attempt: its circuit makes everything wait.
  const attempts = isVendorWide(error) ? look.attempts : look.attempts + 1;
  const waitMs = isVendorWide(error) ? 0 : lever.retryMs(attempts, error.retryAfterMs);
  bridge.log.warn({ opportunity: look.id, error: error.message, waitMs }, 'read failed');
  await lookLater(bridge, look, waitMs, { rereads: look.rereads, attempts, error: error.message });
}

/** Postpones a look after an unforeseen error, so others needn't wait for it: the next attempt may fail too. */
async function postponeUndecided(
  bridge: Bridge,
  lever: Circuit,
  look: DueLook,
  error: unknown,
): Promise<void> {
  const attempts = look.attempts + 1;
  const waitMs = lever.retryMs(attempts);
  const message = messageOf(error);
  bridge.log.error({ opportunity: look.id, error: message, waitMs }, 'not decided');
  await lookLater(bridge, look, waitMs, { rereads: 0, attempts, error: message });
}

function lookLater(
  { database, clock }: Bridge,
  look: DueLook,
  waitMs: number,
  change: PostponedLook,
): Promise<void> {
  return database.write((tx) => postponeLook(tx, look, clock.now() + waitMs, change));
}

/** Whether Lever shows another stage or state than the delivery announced, and no later move. */
function isContradicted(look: DueLook, sighting: Sighting): boolean {
  if (sighting.kind !== 'opportunity') return false;
  const { stageId, visitAt, isArchived }: Opportunity = sighting.opportunity;
  const { announced_stage_id: announced, announced_archived: archived, announced_at: at } = look;
  if (announced !== null && announced !== stageId && visitAt <= (at ?? 0)) return true;
  return archived !== null && (archived === 1) !== isArchived;
}

function haveSameTags(one: ReadOpportunity['sighting'], other: Sighting): boolean {
  if (one.kind !== 'opportunity' || other.kind !== 'opportunity') return false;
  return tagsKey(one.opportunity) === tagsKey(other.opportunity);
}

/** Queues single looks at candidates about whom a list showed too little. `also` runs in the same write. */
export async function requestLooks(
  { database, clock }: { database: Database; clock: Clock },
  ids: readonly OpportunityId[],
  hinted: Hint = { isReadAlone: true },
  also?: (tx: Tx) => void,
): Promise<void> {
  if (ids.length === 0 && !also) return;
  await database.write((tx) => {
    for (const id of ids) hint(tx, id, clock.now(), hinted);
    also?.(tx);
  });
}

/** The time that counts as *now* for everything decided from the sighting. */
export function timeOfSighting(sighting: LeverSighting, clock: Clock): number {
  const changedAt = sighting.kind === 'opportunity' ? sighting.opportunity.visitAt : 0;
  return timeOfRead(sighting.leverNow, clock.now(), changedAt);
}

/** Notes whether our clock is a minute or more from Lever's, as its reply has just shown. Writes only when that changes. */
export async function recordLeverDate(
  { database, clock }: { database: Database; clock: Clock },
  leverNow: number | null,
): Promise<void> {
  if (leverNow === null) return;
  const now = clock.now();
  const leadMs = clockLead(leverNow, now);
  const found = leadMs === null ? null : { ...clockOff(leadMs), subject: '' };
  const known = listFound(database).find(({ check_id: id }) => id === CHECK);
  if (found?.what === known?.what) return;
  await database.write((tx) => storeFound(tx, CHECK, found ? [found] : [], now));
}
