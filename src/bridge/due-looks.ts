/**
 * Which candidates to look at now: alone, or many of one stage together from its list.
 *
 * Twenty or more due looks that expect candidates in one stage (a bulk move, `approve --all`) are read by listing the
 * stage. The listing starts once no further look came for a second, or after five. It may take at most a tenth of the
 * calls that single reads would. A candidate missing from the list is marked `is_read_alone` and read as usual. So a
 * list that is behind costs time and loses no one.
 */
import { MINUTE_MS, SECOND_MS } from '../domain/clock.js';
import { isVendorWide } from '../domain/errors.js';
import type { StageId } from '../domain/ids.js';
import type { Circuit } from '../net/circuit.js';
import {
  clearHintsAlreadyDecided,
  listDueLooks,
  lookNow,
  type Due,
  type DueLook,
} from '../store/candidates.js';
import { requestLooks } from './look.js';
import type { LeverReader } from '../domain/vendor-ports.js';
import type { Bridge, SweepProgress } from './bridge.js';
import { listAwaitingDecision } from '../store/invitation-queries.js';
import { readStage } from './sweep.js';

/** Fewer looks are made one by one: a page would save little. */
const MANY = 20;
const MOST_TOGETHER = 2_000;
const LOOKS_PER_PAGE = 10;
/** How far Lever's own times of one move may differ. */
const TOLERANCE_MS = 5_000;
/** A decision older than this is too old to send. */
const RECENT_MS = MINUTE_MS;
/** A bulk move is complete once no more candidates were announced for so long. */
const QUIET_MS = SECOND_MS;
/** The longest wait for a bulk move to be complete. Single looks would take longer than this anyway. */
const LONGEST_MS = 5_000;

/** Many due looks that expect candidates in one stage. */
export interface BulkLook {
  stageId: StageId;
  looks: Due[];
}

/** Claims looks that are due and not in progress. Writes once, and only if anything is due. */
export function claimLooks(
  bridge: Bridge,
  limit: number,
  underWay: ReadonlySet<string>,
): Promise<(DueLook | BulkLook)[]> {
  const { database, integration, rules, clock } = bridge;
  const now = clock.now();
  if (listDueLooks(database, now, 1).length + listAwaitingDecision(database, 1).length === 0) {
    return Promise.resolve([]);
  }
  return database.write((tx) => {
    if (!integration.isInUse()) return [];
    for (const id of listAwaitingDecision(tx, MOST_TOGETHER)) lookNow(tx, id, now);
    clearHintsAlreadyDecided(tx, now, now - RECENT_MS, TOLERANCE_MS);
    const due = listDueLooks(tx, now, MOST_TOGETHER, stagesUnderWay(underWay));
    const free = due.filter(({ id }) => !underWay.has(id));
    const bulks = [...new Set(rules.listActive().map(({ stageId }) => stageId))]
      .map((stageId) => ({ stageId, looks: free.filter((one) => one.list_stage_id === stageId) }))
      .filter(({ looks }) => looks.length >= MANY);
    // A bulk may still be growing: then its looks wait, and aren't made alone either.
    const ofBulks = new Set<StageId | null>(bulks.map(({ stageId }) => stageId));
    const alone = free.filter((one) => !ofBulks.has(one.list_stage_id));
    return [...bulks.filter((bulk) => isComplete(bulk, now)), ...alone].slice(0, limit);
  });
}

/** Resolves once every outcome is on disk; throws only when one can't be recorded. */
export async function lookAtMany(
  bridge: Bridge,
  lever: Circuit<LeverReader>,
  progress: SweepProgress,
  { stageId, looks }: BulkLook,
): Promise<void> {
  // The listing removes from it the looks at candidates whom it shows.
  const notShown = new Map(looks.map((look) => [look.id, look]));
  const mostPages = Math.max(2, Math.floor(looks.length / LOOKS_PER_PAGE));
  const stage = { stageId, mostPages, looks: notShown };
  const { failure, isWhole } = await readStage(bridge, lever.client, progress, stage);
  if (failure) {
    bridge.log.warn({ error: failure.message }, 'stage not listed');
    // Lever as a whole fails, so single looks would too: the rest stays due.
    if (isVendorWide(failure)) return;
  } else if (!isWhole) return; // The daemon is stopping.
  const fields = { stage: stageId, people: looks.length, notShown: notShown.size };
  bridge.log.info(fields, 'stage batch checked');
  await requestLooks(bridge, [...notShown.keys()]);
}

/** Whether no more looks seem to be coming. The looks are sorted by when they became due. */
function isComplete({ looks }: BulkLook, now: number): boolean {
  const waitsMs = (look: Due | undefined): number => now - (look?.look_at ?? 0);
  return waitsMs(looks.at(-1)) >= QUIET_MS || waitsMs(looks[0]) >= LONGEST_MS;
}

/** Tells the keys of bulk looks from those of single looks, which are opportunity ids. */
const BULK_KEY = 'stage ';

/** The stage's name among the work in progress. */
export function bulkKey(stageId: StageId): string {
  return BULK_KEY + stageId;
}

function stagesUnderWay(underWay: ReadonlySet<string>): StageId[] {
  const keys = [...underWay].filter((key) => key.startsWith(BULK_KEY));
  return keys.map((key) => key.slice(BULK_KEY.length) as StageId);
}
