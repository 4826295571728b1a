/**
 * Checks everyone in the rules' stages and decides each again, from the list's pages alone.
 *
 * First it asks CodeSubmit which challenges exist. Then it takes one stage after another: those that
 * failed last time come last. A stage that can't be read stops no other; `failing_stages` records it and
 * `status` names it. Candidates on hold cost no extra calls. One who is missing from the reading is looked
 * at alone, because pages may shift while they are read.
 */
import type { Clock } from '../../domain/clock.js';
import type { ChallengeVendor } from '../../domain/codesubmit-port.js';
import { ApiError, rejectionOf } from '../../domain/errors.js';
import { failureInWords } from '../../domain/failure-words.js';
import type { StageId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import type { Database } from '../../storage/database/database.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { DecisionStore } from '../decide/decision-store.js';
import { type AccountRejections, VendorAccess } from '../vendor-access.js';
import type { FailingStageStore } from './failing-stage-store.js';
import type { InboxStore } from './inbox-store.js';
import type { NewStageSweep } from './stage-sweep.js';

export interface SweepDeps {
  newStageSweep: NewStageSweep;
  progress: SweepProgress;
  clock: Clock;
  log: Log;
}

export interface SweepProgressDeps {
  database: Database;
  rules: RuleStore;
  decisions: DecisionStore;
  sweeps: FailingStageStore;
  inbox: InboxStore;
  clock: Clock;
}

/** Which stages there are, and what is on disk once one was read or could not be. */
export class SweepProgress {
  constructor(private readonly deps: SweepProgressDeps) {}

  stages(): Set<StageId> {
    return new Set(this.deps.rules.listActive().map((rule) => rule.stageId));
  }

  /** How often in a row each failing stage could not be read. */
  failures(): Map<StageId, number> {
    const failing = this.deps.sweeps.listFailing();
    return new Map(failing.map(({ stageId, failures }) => [stageId, failures]));
  }

  async noteFailure(stageId: StageId, error: ApiError): Promise<void> {
    const { database, sweeps, clock } = this.deps;
    await database.write((tx) =>
      sweeps.noteFailure(tx, stageId, failureInWords(error), clock.now()),
    );
  }

  /** A candidate on hold whom the reading that began then didn't find is looked at alone. */
  async noteSwept(stageId: StageId, beganAt: number): Promise<void> {
    const { database, sweeps, decisions, inbox } = this.deps;
    if (this.failures().has(stageId)) {
      await database.write((tx) => sweeps.noteSwept(tx, stageId));
    }
    await inbox.readAlone(decisions.listVanished(stageId, beganAt));
  }

  hintHeldOutsideRules(): Promise<void> {
    const { decisions, inbox } = this.deps;
    return inbox.hintAll(decisions.listHeldOutsideRules());
  }
}

/** For listing CodeSubmit's challenges, so that renamed or restored ones are noticed. */
export interface RefreshDeps {
  codesubmit: () => ChallengeVendor;
  database: Database;
  rules: RuleStore;
  refusals: AccountRejections;
  log: Log;
}

/** Every rule's stage, or only those that the last sweep could not read. */
export type SweptStages = 'all' | 'failed';

export class Sweep {
  /** Stages still to be swept before the sweep is complete. */
  #owed = new Set<StageId>();
  /** Calls to Lever that the last sweep of all stages took. */
  calls = 0;

  constructor(
    private readonly deps: SweepDeps,
    private readonly isStopped: () => boolean,
  ) {}

  /**
   * Sweeps every rule's stage, or only those that failed last time. One that can't be read doesn't
   * stop the others. Resolves with whether each was read to its end; throws the `ApiError` of one
   * that could not be read.
   */
  async run(which: SweptStages): Promise<boolean> {
    const all = this.deps.progress.stages();
    this.#owed = which === 'all' ? all : intersection(this.#owed, all);
    if (which === 'all') this.calls = 0;
    let failure: ApiError | undefined;
    for (const stageId of this.#inOrder()) {
      if (this.isStopped()) return false;
      const failed = await this.#sweepStage(stageId);
      failure ??= failed;
    }
    if (failure) throw failure;
    await this.deps.progress.hintHeldOutsideRules();
    return this.#owed.size === 0;
  }

  /** Failing stages come last. */
  #inOrder(): StageId[] {
    const failures = this.deps.progress.failures();
    return [...this.#owed].sort((a, b) => (failures.get(a) ?? 0) - (failures.get(b) ?? 0));
  }

  /** Returns why the stage could not be read; throws what concerns Lever as a whole. */
  async #sweepStage(stageId: StageId): Promise<ApiError | undefined> {
    const { progress, log } = this.deps;
    try {
      await this.#readStage(stageId);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await progress.noteFailure(stageId, error);
      if (error.kind === 'unauthorized' || VendorAccess.concerns(error)) throw error;
      log.warn({ stage: stageId, error: error.message }, 'stage not swept');
      return error;
    }
  }

  async #readStage(stageId: StageId): Promise<void> {
    const { newStageSweep, progress, clock, log } = this.deps;
    const beganAt = clock.now();
    const sweep = newStageSweep();
    const isRead = await sweep.run(stageId).finally(() => {
      this.calls += sweep.pages;
    });
    if (!isRead) return;
    const { people, braked } = sweep;
    this.#owed.delete(stageId);
    await progress.noteSwept(stageId, beganAt);
    log.info({ stage: stageId, people, braked }, 'stage swept');
  }
}

/**
 * Precedes a sweep of all stages. Never throws a vendor's failure: the list is optional, and a rejected key is recorded.
 */
export async function refreshChallenges(deps: RefreshDeps): Promise<void> {
  const { database, rules, refusals, log } = deps;
  try {
    const { challenges } = await deps.codesubmit().readOffer();
    const active = rules.listActive();
    const news = challenges.filter(
      ({ id, name, isArchived }) =>
        !isArchived &&
        active.some(
          ({ challengeId, challengeName, isChallengeUnknown }) =>
            challengeId === id && (isChallengeUnknown || challengeName !== name),
        ),
    );
    if (news.length === 0) return;
    await database.write((tx) => {
      for (const { id, name } of news) rules.markChallengeKnown(tx, id, name);
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') await refusals.note('codesubmit', rejectionOf(error));
    else log.warn({ error: error.message }, 'challenges not listed');
  }
}

function intersection<T>(left: ReadonlySet<T>, right: ReadonlySet<T>): Set<T> {
  return new Set([...left].filter((one) => right.has(one)));
}
