/**
 * Claims due looks, reads one candidate from Lever as they are now, decides, and settles the look with the decision.
 *
 * Twenty or more due looks that expect candidates in one stage (a bulk move, `approve --all`) are claimed together, and
 * made by listing the stage: `sweep.ts`. That starts once no further look came for a second, or after five.
 */
import { type Clock, clockLead, SECOND_MS, timeOfRead } from '../domain/clock.js';
import { ApiError, isUnforeseen, isVendorWide, messageOf } from '../domain/errors.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import type { Opportunity, Seen, Sighting } from '../domain/opportunity.js';
import { clockOff } from '../domain/problem.js';
import type { LeverReader, LeverSighting } from '../lever/lever-client.js';
import type { Circuit } from '../net/circuit.js';
import {
  findCandidateRow,
  hint,
  listDueLooks,
  lookNow,
  postponeLook,
  type Candidate,
  type Due,
  type DueLook,
  type Hint,
  type PostponedLook,
} from '../store/candidates.js';
import type { Tx } from '../store/database/database.js';
import { storeFound, listFound, type WrongFact } from '../store/facts.js';
import { listAwaitingDecision, listRequested } from '../store/invitation-queries.js';
import type { Bridge } from './bridge.js';
import { decideTogether } from './decide.js';
import { leverLagMs } from './write-back.js';

/** The bridge of a process that reads candidates from Lever. */
export type ReadingBridge = Bridge & { lever: Circuit<LeverReader> };

/** Pauses before the first and second repeated read, if Lever contradicts the webhook: 5 and 30 s after the first read. */
const REREAD_AFTER_MS = [5_000, 25_000];

/** The row of facts that says whether our clock agrees with Lever's. */
const CLOCK_CHECK = 'clock';

/**
 * The key under which the tags of a candidate's posting are remembered. It has the candidate's own tags in it: once
 * these change, nothing is found under the new key, and the posting is read again.
 */
export function postingKey({ id, tags }: Opportunity): string {
  return JSON.stringify([id, tags.toSorted()]);
}

/** Fewer looks that expect candidates in one stage are made one by one: listing the stage would save little. */
const LEAST_FOR_LISTING = 20;
const MOST_LOOKS_CLAIMED = 2_000;
/** A bulk move is complete once no more candidates were announced for so long. */
const BULK_QUIET_MS = SECOND_MS;
/** The longest wait for a bulk move to be complete. Single looks would take longer than this anyway. */
const LONGEST_BULK_WAIT_MS = 5_000;

/** The stages that have a rule, each once. */
export function stagesOfRules({ rules }: Pick<Bridge, 'rules'>): Set<StageId> {
  return new Set(rules.listActive().map(({ stageId }) => stageId));
}

/** Many due looks that expect candidates in one stage. */
export interface BulkLook {
  stageId: StageId;
  looks: Due[];
}

/**
 * Claims looks that are due. Many that expect candidates in one stage become one bulk look, which is claimed once it
 * seems complete; the others are claimed alone. `underWay`: the opportunities and stages that are being looked at. Writes
 * once, and only if anything is due.
 */
export function claimLooks(
  bridge: Bridge,
  limit: number,
  underWay: ReadonlySet<string>,
): Promise<(DueLook | BulkLook)[]> {
  const { database, integration, clock } = bridge;
  const now = clock.now();
  if (listDueLooks(database, now, 1).length + listAwaitingDecision(database, 1).length === 0) {
    return Promise.resolve([]);
  }
  return database.write((tx) => {
    if (!integration.isInUse()) return [];
    // Queued invitations may wait for a new decision, because the last one no longer allows sending: a look makes it.
    for (const id of listAwaitingDecision(tx, MOST_LOOKS_CLAIMED)) lookNow(tx, id, now);
    const due = listDueLooks(tx, now, MOST_LOOKS_CLAIMED, [...underWay]);
    // That left out those whose stage is being listed; this, those that are made alone.
    const free = due.filter(({ id }) => !underWay.has(id));
    // `list_stage_id`: the stage whose list may show the candidate; null if they must be read alone.
    const bulks = [...stagesOfRules(bridge)]
      .map((stageId) => ({ stageId, looks: free.filter((one) => one.list_stage_id === stageId) }))
      .filter(({ looks }) => looks.length >= LEAST_FOR_LISTING);
    // A bulk may still be growing: then its looks wait, and aren't made alone either.
    const bulkStages = new Set<StageId | null>(bulks.map(({ stageId }) => stageId));
    const alone = free.filter((one) => !bulkStages.has(one.list_stage_id));
    return [...bulks.filter((bulk) => mayStart(bulk, now)), ...alone].slice(0, limit);
  });
}

/**
 * Whether a bulk look may start: no further look joined it for a second, or its first one has waited for five. The
 * looks are sorted by when they became due.
 */
function mayStart({ looks }: BulkLook, now: number): boolean {
  // Never undefined: a bulk has at least twenty looks.
  const waitsMs = (look: Due | undefined): number => now - (look?.look_at ?? 0);
  return waitsMs(looks.at(-1)) >= BULK_QUIET_MS || waitsMs(looks[0]) >= LONGEST_BULK_WAIT_MS;
}

/**
 * Looks at one candidate; reads again for as long as what was read is outdated. Resolves once the outcome is on disk,
 * with the failure if the look was postponed for one: Lever's, or a bug. Throws when it can't be recorded, or Lever
 * can't be called at all, as without a key: then the look stays due.
 */
export async function lookAt(bridge: ReadingBridge, look: DueLook): Promise<Error | undefined> {
  try {
    while (!(await tryToSettle(bridge, bridge.lever.client(), look)));
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) && !isUnforeseen(error)) throw error;
    await postponeFailed(bridge, look, error);
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/**
 * Reads the candidate and decides, with the tags of their posting if the decision needs them. Returns whether the look is
 * settled: the decision is on disk, or the look is postponed to read again later. If not, what was read is outdated and
 * can't be decided on, so it has to be read again at once.
 */
async function tryToSettle(bridge: Bridge, lever: LeverReader, look: DueLook) {
  const started = bridge.reads.begin();
  try {
    const sighting = await lever.readOpportunity(look.id);
    await recordLeverDate(bridge, sighting.leverNow);
    const seen = isDeleted(bridge, look, sighting) ? ({ kind: 'deleted' } as const) : sighting;
    // How long to wait before the next repeated read; undefined after the last one.
    const waitMs = REREAD_AFTER_MS[look.rereads];
    // Gives Lever's API time to catch up with the webhook. After the last repeated read, what it shows counts.
    if (waitMs !== undefined && isContradicted(bridge, look, seen)) {
      const again = { rereads: look.rereads + 1, attempts: 0, last_error: null };
      await lookLater(bridge, look, waitMs, again);
      return true;
    }
    const read = {
      id: look.id,
      sighting: seen,
      now: timeOfSighting(sighting, bridge.clock),
      look,
      ...started,
    };
    const first = await decideTogether(bridge, [read]);
    // Neither a result nor a need for the posting: a later read was decided on meanwhile.
    if (first.postingNeeded.length === 0) return first.decided.length > 0;
    const postingTags = await lever.readPostingTags(look.id);
    // Tags of the posting show on its candidates too. If it lost one before its tags were read, that tag would pass for
    // the candidate's own: so the candidate must have the same tags after that read as before.
    const { opportunity: after } = await lever.readOpportunity(look.id);
    const { opportunity: before } = sighting;
    if (!before || !after || postingKey(before) !== postingKey(after)) return false;
    bridge.postings.remember(postingKey(after), {
      postingTags,
      readAtMs: bridge.clock.monotonicMs(),
    });
    const second = await decideTogether(bridge, [{ ...read, postingTags }]);
    return second.decided.length > 0;
  } finally {
    bridge.reads.end();
  }
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

/** Postpones a look that failed by a back-off, since the next attempt may fail too: other looks are made meanwhile. */
async function postponeFailed(bridge: ReadingBridge, look: DueLook, error: unknown): Promise<void> {
  const { id, rereads } = look;
  // Undefined for an error of our own, which is counted as an attempt too.
  const leverError = error instanceof ApiError ? error : undefined;
  // A failure of Lever as a whole counts no attempt: its circuit makes everything wait, so this look needn't.
  const isCounted = !leverError || !isVendorWide(leverError);
  const attempts = look.attempts + Number(isCounted);
  const waitMs = isCounted ? bridge.lever.retryMs(attempts, leverError?.retryAfterMs) : 0;
  const fields = { opportunity: id, error: messageOf(error), waitMs };
  if (leverError) bridge.log.warn(fields, 'read failed');
  else bridge.log.error(fields, 'not decided');
  await lookLater(bridge, look, waitMs, { rereads, attempts, last_error: fields.error });
}

/** Makes the look due again `waitMs` from now. `change`: how often it was repeated and has failed, and the last error. */
function lookLater(bridge: Bridge, look: DueLook, waitMs: number, change: PostponedLook) {
  const dueAt = bridge.clock.now() + waitMs;
  return bridge.database.write((tx) => postponeLook(tx, look, dueAt, change));
}

/**
 * Whether Lever's API seems to be behind, so the read must be repeated: it shows another stage or state than announced
 * and no later move, or a move before one that an earlier read has shown; or it answers 403 or 404 after an announced
 * move or an admin's request. A deletion is certain.
 */
function isContradicted({ database }: Bridge, look: DueLook, seen: Seen): boolean {
  const { announced_stage_id: announced, announced_archived: archived, announced_at: at } = look;
  if (seen.kind === 'deleted') return false;
  if (!seen.opportunity) {
    return announced !== null || listRequested(database, look.id).length > 0;
  }
  const { stageId, visitAt, isArchived } = seen.opportunity;
  if (showsEarlierStage(findCandidateRow(database, look.id), seen.opportunity)) return true;
  // A visit that began after the announcement is a later move, so Lever isn't behind. Whatever is announced has a time.
  if (announced !== null && announced !== stageId && visitAt <= (at ?? 0)) return true;
  // Null: no archiving or unarchiving was announced.
  return archived !== null && (archived === 1) !== isArchived;
}

/** Whether the candidate is shown in a stage that they have left: an earlier read has shown a later move. */
function showsEarlierStage(known: Candidate | undefined, { stageId, visitAt }: Opportunity) {
  return known !== undefined && stageId !== known.stage_id && visitAt < (known.visit_at ?? 0);
}

/**
 * Whether Lever's list of a stage, which is of unarchived candidates only, is behind: it shows one in a stage that they
 * have left, or one whom a read has just shown as archived.
 */
export function isStageListBehind(bridge: Bridge, opportunity: Opportunity): boolean {
  const known = findCandidateRow(bridge.database, opportunity.id);
  const isJustArchived =
    known?.reason === 'archived' && (known.seen_at ?? 0) > bridge.clock.now() - leverLagMs(bridge);
  return isJustArchived || showsEarlierStage(known, opportunity);
}

/**
 * Queues looks at these candidates, due at once. By default each is read alone, because their stage's list lacked them
 * or shows too little. `also` runs in the same write.
 */
export async function requestLooks(
  { database, clock }: Bridge,
  ids: readonly OpportunityId[],
  hinted: Hint = { is_read_alone: 1 },
  also?: (tx: Tx) => void,
): Promise<void> {
  if (ids.length === 0 && !also) return;
  await database.write((tx) => {
    for (const id of ids) hint(tx, id, clock.now(), hinted);
    also?.(tx);
  });
}

/**
 * The time that counts as *now* for everything decided from the sighting: Lever's, or ours where Lever's is missing,
 * too far from ours, or before the change that the sighting shows.
 */
export function timeOfSighting(sighting: LeverSighting, clock: Clock): number {
  // Undefined: a candidate whom Lever doesn't show has no change to compare with.
  return timeOfRead(sighting.leverNow, clock.now(), sighting.opportunity?.visitAt);
}

/**
 * Compares the `Date` of a reply of Lever with our clock: a difference of a minute or more is stored as a problem, and
 * ends with the first reply without one. Writes only when the problem changes.
 */
export async function recordLeverDate(
  { database, clock }: Bridge,
  leverNow: number | null,
): Promise<void> {
  if (leverNow === null) return;
  const now = clock.now();
  // How far our clock is ahead; null: the clocks agree, so nothing is found wrong.
  const leadMs = clockLead(leverNow, now);
  // No `subject`: the problem concerns no candidate.
  const found: WrongFact | null =
    leadMs === null ? null : { ...clockOff(leadMs), level: 'warn' as const, subject: '' };
  const known = listFound(database).find(({ check_id: id }) => id === CLOCK_CHECK);
  if (found?.what === known?.what) return;
  await database.write((tx) => storeFound(tx, CLOCK_CHECK, found ? [found] : [], now));
}
