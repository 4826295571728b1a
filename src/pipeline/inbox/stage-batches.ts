/**
 * Due looks at many candidates of one stage, read together from its list.
 *
 * Twenty or more due looks that expect candidates in one stage (a bulk move, `approve --all`) are a
 * batch. It waits until it has not grown for a second, or for five seconds. Then the stage is
 * listed, with at most a tenth of the calls that single reads would take. A candidate whom the
 * pages don't show in that stage is marked `is_read_alone` and read as usual, so a list that is
 * behind costs time and loses no one.
 */
import { MINUTE_MS, SECOND_MS, type Clock } from '../../domain/clock.js';
import type { StageId } from '../../domain/ids.js';
import type { Database } from '../../storage/database/database.js';
import { mayAskLever, type IntegrationStore } from '../../storage/state/integration-store.js';
import { toDueLook, type DueLook, type InboxRow, type InboxStore } from './inbox-store.js';

/** How many of one stage make a batch: with fewer, a page would save little. */
const BATCH_SIZE = 20;
const MAX_MEMBERS = 2_000;
/** Pages may take at most a tenth of the calls that single reads would. */
const MEMBERS_PER_PAGE = 10;
/** Lever's own times of one move may differ. */
const TOLERANCE_MS = 5_000;
/** Before the first of a batch was moved. */
const MARGIN_MS = 10_000;
/** After this, a decision is too old to send. */
const RECENT_MS = MINUTE_MS;

export interface StageBacklog {
  stageId: StageId;
  members: number;
}

export interface StageBatch {
  stageId: StageId;
  members: DueLook[];
  /** Epoch ms on Lever's clock; undefined when the arrival of one of them is unknown. */
  advancedSince: number | undefined;
  maxPages: number;
}

export interface StageBatchesDeps {
  database: Database;
  integration: IntegrationStore;
  inbox: InboxStore;
}

interface MemberRow extends InboxRow {
  advanced_at: number | null;
}

/** Where a candidate is expected: in the announced stage, or where last seen. */
const MEMBERS = `FROM inbox AS i LEFT JOIN opportunities AS o ON o.id = i.opportunity_id
  WHERE i.due_at <= ? AND i.is_read_alone = 0 AND i.attempts = 0 AND i.is_deletion_announced = 0
    AND i.announced_archived IS NULL
    AND coalesce(i.announced_stage_id, o.stage_id)`;

export class StageBatches {
  readonly #sizes;
  readonly #members;

  constructor(private readonly deps: StageBatchesDeps) {
    const { database } = deps;
    this.#sizes = database.prepare<[number, number], StageBacklog>(
      `SELECT coalesce(i.announced_stage_id, o.stage_id) AS stageId, count(*) AS members ${MEMBERS}
         IN (SELECT stage_id FROM rules WHERE removed_at IS NULL)
       GROUP BY 1 HAVING count(*) >= ?`,
    );
    this.#members = database.prepare<[number, string, number], MemberRow>(
      `SELECT i.*, CASE WHEN i.announced_stage_id IS NULL THEN o.visit_at ELSE i.announced_at END
         AS advanced_at ${MEMBERS} = ? ORDER BY i.due_at LIMIT ?`,
    );
  }

  /**
   * What to look at now, by one durable write if anything is due: batches that are complete, then candidates alone.
   * None of them is in progress.
   */
  listDue(
    now: number,
    limit: number,
    underWay: ReadonlySet<string>,
    window: BatchWindow,
  ): Promise<(DueLook | StageBatch)[]> {
    const { database, integration, inbox } = this.deps;
    if (!inbox.hasDue(now)) {
      window.clear();
      return Promise.resolve([]);
    }
    return database.write((tx) => {
      if (!mayAskLever(integration.read())) return [];
      inbox.ensureAwaiting(tx, now);
      inbox.finishSeen(tx, now, now - RECENT_MS, TOLERANCE_MS);
      const { ready, stages } = window.collect(this.#sizes.all(now, BATCH_SIZE), underWay);
      const batches = ready.map((stageId) => this.#get(stageId, now, underWay));
      return [...batches, ...inbox.findDue(now, limit, underWay, stages)].slice(0, limit);
    });
  }

  #get(stageId: StageId, now: number, underWay: ReadonlySet<string>): StageBatch {
    const rows = this.#members
      .all(now, stageId, MAX_MEMBERS)
      .filter((row) => !underWay.has(row.opportunity_id));
    const since = Math.min(...rows.map((row) => row.advanced_at ?? 0)) - MARGIN_MS;
    return {
      stageId,
      members: rows.map(toDueLook),
      advancedSince: since > 0 ? since : undefined,
      maxPages: Math.max(2, Math.floor(rows.length / MEMBERS_PER_PAGE)),
    };
  }
}

// Wait until a batch is complete: during a bulk move more candidates are announced every moment.

const QUIET_MS = SECOND_MS;
/** One at a time would take longer than this anyway. */
const LONGEST_MS = 5_000;

interface Growth {
  members: number;
  beganMs: number;
  grewMs: number;
}

const BATCH_KEY = 'batch of ';

/** Its name among the work in progress. */
export function batchKey(stageId: StageId): string {
  return BATCH_KEY + stageId;
}

function stagesUnderWay(underWay: ReadonlySet<string>): StageId[] {
  const keys = [...underWay].filter((key) => key.startsWith(BATCH_KEY));
  return keys.map((key) => key.slice(BATCH_KEY.length) as StageId);
}

export class BatchWindow {
  #growing = new Map<StageId, Growth>();

  constructor(private readonly clock: Clock) {}

  /** Which stages to read now, and all stages whose candidates are not looked at one by one. */
  collect(
    stageBatches: readonly StageBacklog[],
    underWay: ReadonlySet<string>,
  ): { ready: StageId[]; stages: StageId[] } {
    const waiting = stageBatches.filter(({ stageId }) => !underWay.has(batchKey(stageId)));
    const growing = waiting.map((batch) => [batch.stageId, this.#grown(batch)] as const);
    const ready = growing.filter(([, growth]) => this.#isComplete(growth));
    this.#growing = new Map(growing.filter((one) => !ready.includes(one)));
    return {
      ready: ready.map(([stageId]) => stageId),
      stages: [...stageBatches.map(({ stageId }) => stageId), ...stagesUnderWay(underWay)],
    };
  }

  /** Nothing is due. */
  clear(): void {
    this.#growing.clear();
  }

  #grown({ stageId, members }: StageBacklog): Growth {
    const nowMs = this.clock.monotonicMs();
    const before = this.#growing.get(stageId);
    if (!before) return { members, beganMs: nowMs, grewMs: nowMs };
    return { ...before, members, grewMs: members > before.members ? nowMs : before.grewMs };
  }

  #isComplete({ beganMs, grewMs }: Growth): boolean {
    const nowMs = this.clock.monotonicMs();
    return nowMs - grewMs >= QUIET_MS || nowMs - beganMs >= LONGEST_MS;
  }
}
