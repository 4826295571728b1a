/**
 * When to sweep: at start, every few minutes, at once when something changed, and soon again after
 * a failure.
 */
import {
  backoffMs,
  HOUR_MS,
  machineTimers,
  MINUTE_MS,
  SECOND_MS,
  type Timers,
} from '../../domain/clock.js';
import { SENT_ELSEWHERE_REASONS } from '../../domain/decision.js';
import { ApiError, messageOf } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import { makeSweep } from '../../pipeline/create-pipeline.js';
import { type SweptStages, sweepOnce, type Sweep } from '../../pipeline/inbox/sweep.js';
import { mayAskLever } from '../../storage/state/integration-store.js';
import type { LoopContext } from './loop-context.js';

/**
 * When Lever is available again, waiting candidates are read first, because a failing sweep would
 * delay them again.
 */
const LOOKS_FIRST_MS = SECOND_MS;

/** How old the copy of CodeSubmit's list may be while it keeps a candidate on hold. */
const HELD_COPY_AGE_MS = HOUR_MS;

export interface SweepScheduleDeps {
  /** Ms between two sweeps of all stages; read each time. */
  intervalMs: () => number;
  /** Ms until Lever may be called again; 0 when it may be now. */
  heldUpMs: () => number;
  /** One sweep: of every stage, or only of those that failed last time. */
  run: (stages: SweptStages) => Promise<void>;
  /** Called for each failure that a vendor caused. */
  onFailure: (error: ApiError) => Promise<void>;
  random: () => number;
  timers?: Timers;
  log: Log;
}

export class SweepSchedule {
  readonly #timers: Timers;
  #cancelNextOfAll: (() => void) | undefined;
  #cancelNextOfFailed: (() => void) | undefined;
  #wanted: SweptStages | undefined;
  #isStopped = false;
  #failures = 0;
  #underWay: Promise<void> | undefined;

  constructor(private readonly deps: SweepScheduleDeps) {
    this.#timers = deps.timers ?? machineTimers;
  }

  /** Sweeps everything now. During a sweep, another one follows it. */
  kick(): void {
    this.#want('all');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#clearTimers();
    await this.#underWay;
  }

  #want(stages: SweptStages): void {
    if (this.#wanted !== 'all') this.#wanted = stages;
    if (!this.#underWay) this.#begin();
  }

  #begin(): void {
    if (this.#isStopped || this.#wanted === undefined) return;
    const stages = this.#wanted;
    this.#cancelNextOfFailed?.();
    const heldUpMs = this.deps.heldUpMs();
    if (heldUpMs > 0) {
      const waitMs = heldUpMs + LOOKS_FIRST_MS;
      this.#cancelNextOfFailed = this.#timers.after(waitMs, () => this.#want(stages));
      return;
    }
    if (stages === 'all') this.#cancelNextOfAll?.();
    this.#wanted = undefined;
    this.#underWay = this.#sweep(stages).finally(() => {
      this.#underWay = undefined;
      this.#begin();
    });
  }

  async #sweep(stages: SweptStages): Promise<void> {
    let retryMs: number | undefined;
    try {
      await this.deps.run(stages);
      this.#failures = 0;
    } catch (error) {
      retryMs = await this.#noteFailure(error);
    }
    if (this.#isStopped) return;
    if (retryMs !== undefined) {
      this.#cancelNextOfFailed = this.#timers.after(retryMs, () => this.#want('failed'));
    }
    if (stages !== 'all') return;
    this.#cancelNextOfAll = this.#timers.after(this.deps.intervalMs(), () => this.kick());
  }

  /**
   * Returns the ms until failed stages are retried. Stages that failed long ago wait for the next
   * full sweep.
   */
  async #noteFailure(error: unknown): Promise<number> {
    const { deps } = this;
    this.#failures += 1;
    const message = messageOf(error);
    deps.log.warn({ error: message, failures: this.#failures }, 'sweep failed');
    if (error instanceof ApiError) await this.#tell(error);
    return backoffMs(this.#failures, deps.random());
  }

  /** If it can't be recorded now, the next failure records it. */
  async #tell(error: ApiError): Promise<void> {
    try {
      await this.deps.onFailure(error);
    } catch (failure) {
      this.deps.log.error({ error: messageOf(failure) }, 'failed sweep not recorded');
    }
  }

  #clearTimers(): void {
    this.#cancelNextOfAll?.();
    this.#cancelNextOfFailed?.();
  }
}

/** Runs the daemon's sweeps when they are due, and records what each changed. */
export function makeDaemonSweeps(deps: LoopContext): SweepSchedule {
  const { pipeline, configuration, vendors, reads, leverAvailability, wake, isDraining } = deps;
  const { random, log } = pipeline;
  const sweep = makeSweep(
    pipeline,
    { lever: () => vendors.lever(), reads },
    { onDecided: () => wake('sends'), isStopped: isDraining },
  );
  return new SweepSchedule({
    intervalMs: () => configuration.current().settings.sweepMinutes * MINUTE_MS,
    heldUpMs: () => leverAvailability.remainingMs(),
    run: (stages) => runSweep(deps, sweep, stages),
    onFailure: async (error) => {
      await leverAvailability.noteFailure(error);
    },
    timers: deps.timers,
    ...{ random, log },
  });
}

/**
 * Candidates on hold because of CodeSubmit's list may be released by what it shows now, and nothing
 * else triggers a reading. Never throws a vendor's failure: they stay on hold.
 */
async function renewCopyForHeld({
  pipeline,
  list,
  codesubmitAvailability,
}: LoopContext): Promise<void> {
  const { clock, log } = pipeline;
  const held = pipeline.decisions.countHeld();
  if (!SENT_ELSEWHERE_REASONS.some((reason) => held.has(reason))) return;
  const endedAt = pipeline.list.state().copy?.endedAt ?? 0;
  if (clock.now() - endedAt < HELD_COPY_AGE_MS || codesubmitAvailability.remainingMs() > 0) return;
  try {
    await list.read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.warn({ error: error.message }, 'CodeSubmit’s list not read');
  }
}

async function runSweep(deps: LoopContext, sweep: Sweep, stages: SweptStages): Promise<void> {
  const { pipeline, configuration, vendors, leverAvailability, wake } = deps;
  if (!mayAskLever(configuration.row())) return;
  const { database, rules, refusals } = pipeline;
  if (stages === 'all') await renewCopyForHeld(deps);
  const isWhole = await sweepOnce(sweep, stages, {
    codesubmit: () => vendors.codesubmit(),
    ...{ database, rules, refusals, log: pipeline.log },
  });
  leverAvailability.clear();
  wake('looks');
  if (!isWhole) return;
  await database.write((tx) => {
    pipeline.integration.noteMoment(tx, 'last_sweep_at', pipeline.clock.now());
  });
}
