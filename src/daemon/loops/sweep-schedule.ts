/** When to sweep: at start, every few minutes, after a change, and soon after a failure. */
import { HOUR_MS, machineTimers, MINUTE_MS, SECOND_MS, type Timers } from '../../domain/clock.js';
import { ApiError, messageOf } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { ChallengeVendor } from '../../domain/codesubmit-port.js';
import type { LeverReader } from '../../domain/lever-ports.js';
import { makeSweep, type Pipeline } from '../../pipeline/create-pipeline.js';
import type { SharedReads } from '../../pipeline/inbox/read-memory.js';
import { refreshChallenges, type SweptStages, type Sweep } from '../../pipeline/inbox/sweep.js';
import { mayAskLever } from '../../storage/state/integration-store.js';
import type { SentListReader } from '../../pipeline/invitations/sent-list-reader.js';
import type { VendorAccess } from '../../pipeline/vendor-access.js';
import type { LoopRuntime } from './work-loop.js';

/** Once Lever is back, waiting candidates are read first: a failing sweep would delay them. */
const LOOKS_FIRST_MS = SECOND_MS;

/** Sweeps take a tenth of the calls that Lever allows, at most. */
const PER_CALL_MS = SECOND_MS;

/** How old the copy of CodeSubmit's list may be while it keeps a candidate on hold. */
const HELD_COPY_AGE_MS = HOUR_MS;

export interface SweepScheduleDeps {
  /** Ms between two sweeps of all stages; read each time. */
  intervalMs: () => number;
  /** One sweep: of every stage, or only of those that failed last time. */
  run: (stages: SweptStages) => Promise<void>;
  lever: Pick<VendorAccess, 'remainingMs' | 'retryMs' | 'noteFailure'>;
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
    const heldUpMs = this.deps.lever.remainingMs();
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
    return deps.lever.retryMs(this.#failures);
  }

  /** If it can't be recorded now, the next failure records it. */
  async #tell(error: ApiError): Promise<void> {
    try {
      await this.deps.lever.noteFailure(error);
    } catch (failure) {
      this.deps.log.error({ error: messageOf(failure) }, 'failed sweep not recorded');
    }
  }

  #clearTimers(): void {
    this.#cancelNextOfAll?.();
    this.#cancelNextOfFailed?.();
  }
}

/** A sweep asks both vendors. */
export interface SweptVendors {
  lever: VendorAccess<LeverReader>;
  reads: SharedReads;
  codesubmit: VendorAccess<ChallengeVendor>;
  /** CodeSubmit's list. */
  list: SentListReader;
}

/** Runs the daemon's sweeps when they are due, and records what each changed. */
export function makeDaemonSweeps(
  pipeline: Pipeline,
  vendors: SweptVendors,
  { wake, isDraining, timers }: LoopRuntime,
): SweepSchedule {
  const { lever, reads } = vendors;
  const sweep = makeSweep(
    pipeline,
    { lever: lever.client, reads },
    { onDecided: () => wake('sends'), isStopped: isDraining },
  );
  return new SweepSchedule({
    intervalMs: () =>
      Math.max(pipeline.currentSettings().sweepMinutes * MINUTE_MS, sweep.calls * PER_CALL_MS),
    run: async (stages) => {
      if (!mayAskLever(pipeline.integration.read())) return;
      const isWhole = await runSweep(pipeline, vendors, sweep, stages);
      wake('looks');
      if (isWhole) await noteSwept(pipeline);
    },
    ...{ lever, timers, log: pipeline.log },
  });
}

/**
 * Candidates on hold because of CodeSubmit's list may be released by what it shows now, and nothing
 * else triggers a reading. Never throws a vendor's failure: they stay on hold.
 */
async function renewCopyForHeld(
  pipeline: Pipeline,
  { list, codesubmit }: SweptVendors,
): Promise<void> {
  const { clock, log } = pipeline;
  if (!pipeline.decisions.countHeld().has('similar_address')) return;
  const endedAt = pipeline.list.state().copy?.endedAt ?? 0;
  if (clock.now() - endedAt < HELD_COPY_AGE_MS || codesubmit.remainingMs() > 0) return;
  try {
    await list.read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.warn({ error: error.message }, 'CodeSubmit’s list not read');
  }
}

/** Whether every stage was read to its end. */
async function runSweep(
  pipeline: Pipeline,
  vendors: SweptVendors,
  sweep: Sweep,
  stages: SweptStages,
): Promise<boolean> {
  const { database, rules, refusals, log } = pipeline;
  if (stages === 'all') {
    await renewCopyForHeld(pipeline, vendors);
    const codesubmit = vendors.codesubmit.client;
    await refreshChallenges({ codesubmit, database, rules, refusals, log });
  }
  const isWhole = await sweep.run(stages);
  vendors.lever.clear();
  return isWhole;
}

function noteSwept({ database, integration, clock }: Pipeline): Promise<void> {
  return database.write((tx) => {
    integration.note(tx, { last_sweep_at: clock.now() });
  });
}
