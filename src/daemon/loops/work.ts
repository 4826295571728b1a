/** Everything that a daemon does between taking a delivery in and being told to stop: every step's loop, and the sweeps. */
import type { CheckedApp } from '../../operate/doctor/check-context.js';
import { recover, type Pipeline } from '../../pipeline/create-pipeline.js';
import type { AlarmStore } from '../../storage/state/alarm-store.js';
import type { SharedRate } from '../../vendors/lever/api/shared-rate.js';
import { makeAlarmLoop } from './alarm-loop.js';
import { makeCheckLoop } from './check-loop.js';
import { makeLookupLoop, makeResultLoop } from './codesubmit-loops.js';
import { makeCredentialsLoop } from './credentials-loop.js';
import { makeDeletionLoop, makeRetentionLoop } from './erasure-loops.js';
import {
  createLoopContext,
  settleMs,
  writeSettleMs,
  type LoopContext,
  type LoopRuntime,
  type WakeableLoop,
} from './loop-context.js';
import { makeLookLoop, makeSendLoop, makeWriteLoop } from './pipeline-loops.js';
import { makeDaemonSweeps, type SweepSchedule } from './sweep-schedule.js';

/** An open data directory with all that the loops use. */
export interface WorkDeps extends Pipeline, CheckedApp {
  alarms: AlarmStore;
  leverRate: SharedRate;
}

export interface WorkRuntime extends Omit<LoopRuntime, 'wake'> {
  /** Ends the checks that doctor's schedule runs. */
  endChecks: AbortSignal;
}

/** It serves no request, and looks at no file but the database: anything with an app and timers can run it. */
export class Work {
  readonly context: LoopContext;
  readonly #loops: ReturnType<typeof makeLoops>;
  readonly #sweeps: SweepSchedule;
  #seenVersion = 0;

  constructor(
    private readonly app: WorkDeps,
    { endChecks, ...runtime }: WorkRuntime,
  ) {
    this.context = createLoopContext(app, { ...runtime, wake: (loop) => this.wake(loop) });
    this.#loops = makeLoops(app, this.context, endChecks);
    this.#sweeps = makeDaemonSweeps(this.context);
  }

  /** Takes up what a dead predecessor left; returns how many of its sendings were cut off. */
  async recover(): Promise<number> {
    const { app } = this;
    const orphans = await recover(app, {
      sendingMs: settleMs(app),
      writeMs: writeSettleMs(app),
    });
    await app.leverRate.startEmpty();
    await app.database.write((tx) => app.alarms.makeDue(tx, app.clock.now()));
    return orphans;
  }

  start(): void {
    this.#seenVersion = this.app.configuration.version();
    for (const loop of Object.values(this.#loops)) loop.start();
    this.#sweeps.kick();
  }

  wake(loop: WakeableLoop): void {
    this.#loops[loop].wake();
  }

  /** Another process stored a rule, a key, a pause: decide again at once. */
  followChanges(): void {
    const version = this.app.configuration.version();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#sweeps.kick();
    const { looks, sends, writes, alarms, checks } = this.#loops;
    for (const loop of [looks, sends, writes, alarms, checks]) loop.wake();
  }

  /** Claims nothing more; resolves when all items in progress have settled. */
  async drain(): Promise<void> {
    await Promise.all([
      this.#sweeps.stop(),
      ...Object.values(this.#loops).map((loop) => loop.drain()),
    ]);
  }
}

/** Every step's loop, by name. */
function makeLoops(app: WorkDeps, parts: LoopContext, endChecks: AbortSignal) {
  const { timers } = parts;
  const alarms = makeAlarmLoop(app, parts);
  return {
    looks: makeLookLoop(parts),
    sends: makeSendLoop(parts),
    writes: makeWriteLoop(parts),
    lookups: makeLookupLoop(parts),
    results: makeResultLoop(parts),
    deletions: makeDeletionLoop(parts),
    retention: makeRetentionLoop(parts),
    checks: makeCheckLoop(app, { signal: endChecks, timers }, () => alarms.wake()),
    credentials: makeCredentialsLoop(app, parts),
    alarms,
  };
}
