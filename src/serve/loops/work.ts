/** Everything that a daemon does between taking a delivery in and being told to stop: every step's loop, and the sweeps. */
import { endFuture } from '../../store/candidates.js';
import type { Problem } from '../../domain/problem.js';
import { checkByItself } from '../../admin/facts/doctor.js';
import type { Connected } from '../../admin/facts/exam.js';
import type { Fact } from '../../admin/facts/fact.js';
import {
  makeAllDue,
  makeListReader,
  recover,
  type Pipeline,
} from '../../bridge/create-pipeline.js';
import { SharedReads } from '../../bridge/read-memory.js';
import { Circuit } from '../../net/circuit.js';
import type { Tx } from '../../store/database/database.js';
import { makeAlarmsDue } from '../../store/facts.js';
import type { SharedRate } from '../../net/shared-rate.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import { makeAlarmLoop } from './alarm-loop.js';
import { makeCheckLoop } from './check-loop.js';
import { makeErasureLoop } from './erasure-loop.js';
import { makeListLoop } from './list-loop.js';
import { makeLookLoop, makeSendLoop, makeWriteLoop } from './pipeline-loops.js';
import { makeSweepLoop, type SweepLoop } from './sweep-loop.js';
import type { LoopRuntime, WakeableLoop } from './work-loop.js';

/** An open data directory with all that the loops use. */
export type WorkDeps = Pipeline & Connected & { leverRate: SharedRate; problems: () => Problem[] };

export interface WorkRuntime extends Omit<LoopRuntime, 'wake'> {
  /** Ends the checks that doctor's schedule runs. */
  endChecks: AbortSignal;
}

/** It serves no request, and looks at no file but the database: anything with an app and timers can run it. */
export class Work {
  readonly #vendors: Vendors;
  readonly #loops: ReturnType<typeof makeLoops>['loops'];
  readonly #sweeps: SweepLoop;
  readonly #circuits: ReturnType<typeof makeCircuits>;
  #seenVersion = 0;

  constructor(
    private readonly app: WorkDeps,
    { endChecks, ...ofDaemon }: WorkRuntime,
  ) {
    const runtime = { ...ofDaemon, wake: (loop: WakeableLoop) => this.wake(loop) };
    const circuits = (this.#circuits = makeCircuits(app, () => this.#vendors));
    this.#vendors = app.vendors.with({
      signal: runtime.signal,
      onOutcome: (vendor, ...outcome) => circuits[vendor].note(...outcome),
    });
    const { loops, sweeps } = makeLoops(app, circuits, runtime, endChecks);
    this.#loops = loops;
    this.#sweeps = sweeps;
  }

  /** Takes up what a dead predecessor left; returns how many of its sendings were cut off. */
  async recover(): Promise<number> {
    const { app } = this;
    const orphans = await recover(app);
    await app.leverRate.startEmpty();
    await app.database.write((tx) => makeAlarmsDue(tx, app.clock.now()));
    return orphans;
  }

  /** Our calendar jumped. */
  forgetTimes(tx: Tx): void {
    const { list, clock } = this.app;
    makeAllDue(this.app, tx);
    endFuture(tx, clock.now());
    list.forgetTimes(tx, clock.now());
    makeAlarmsDue(tx, clock.now());
  }

  start(): void {
    this.#seenVersion = this.app.configuration.version();
    for (const loop of Object.values(this.#loops)) loop.start();
    this.#sweeps.loop.start();
  }

  wake(loop: WakeableLoop): void {
    this.#loops[loop].wake();
  }

  /** Another process stored a rule, a key, a pause: decide again at once. */
  followChanges(): void {
    const version = this.app.configuration.version();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    for (const circuit of Object.values(this.#circuits)) circuit.tryRejected();
    this.#sweeps.kick();
    const { looks, sends, writes, alarms, checks } = this.#loops;
    for (const loop of [looks, sends, writes, alarms, checks]) loop.wake();
  }

  keepLoginAlive(): Promise<void> {
    return this.#vendors.keepLoginAlive();
  }

  /** Claims nothing more; resolves when all items in progress have settled. */
  async drain(): Promise<void> {
    await Promise.all([
      this.#sweeps.loop.drain(),
      ...Object.values(this.#loops).map((loop) => loop.drain()),
    ]);
  }
}

function makeCircuits(app: WorkDeps, vendors: () => Vendors) {
  return {
    lever: new Circuit('lever', () => vendors().lever(), app),
    codesubmit: new Circuit('codesubmit', () => vendors().codesubmit(), app),
  };
}

/** Every step's loop, by name, and the sweeps. */
function makeLoops(
  app: WorkDeps,
  { lever, codesubmit }: ReturnType<typeof makeCircuits>,
  runtime: LoopRuntime,
  endChecks: AbortSignal,
) {
  const list = makeListReader(app, codesubmit.client);
  const reads = new SharedReads(app.clock);
  const alarms = makeAlarmLoop(app, runtime);
  const check = (isDue: (fact: Fact) => boolean) => checkByItself(app, isDue, endChecks);
  const loops = {
    looks: makeLookLoop(app, lever, reads, runtime),
    sends: makeSendLoop(app, codesubmit, list, runtime),
    writes: makeWriteLoop(app, lever, runtime),
    list: makeListLoop(app, codesubmit, list, runtime),
    erasure: makeErasureLoop(app, lever, runtime),
    checks: makeCheckLoop(app, check, runtime.timers, () => alarms.wake()),
    alarms,
  };
  return { loops, sweeps: makeSweepLoop(app, { lever, reads, codesubmit, list }, runtime) };
}
