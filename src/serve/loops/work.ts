/** All work of a daemon from accepting a delivery until it is told to stop: every step's loop, and the rounds. */
import type { App } from '../../admin/app.js';
import type { Bridge } from '../../bridge/bridge.js';
import { recover, makeAllDue } from '../../bridge/recover.js';
import { SentListReader } from '../../bridge/sent-list-reader.js';
import { Circuit } from '../../net/circuit.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import { alarmRound, checkRound } from './trouble-rounds.js';
import { erasureRound } from './erasure-round.js';
import { listRound, lookStep, sendStep, writeStep } from './delivery-loops.js';
import { sweepRound } from './sweep-round.js';
import {
  makeRoundLoop,
  type LoopRuntime,
  type Round,
  type WakeableLoop,
  WorkLoop,
} from './work-loop.js';
import { SECOND_MS } from '../../domain/clock.js';
import { capSeenAt } from '../../store/candidates.js';

/** Serves no request, and reads no file but the database: anything with an app and timers can run it. */
export class Work {
  readonly #loops: Record<
    WakeableLoop | 'rounds',
    Pick<WorkLoop<unknown>, 'start' | 'wake' | 'drain'>
  >;

  /** `others`: further rounds of the daemon. */
  constructor(
    private readonly app: App,
    daemonRuntime: Omit<LoopRuntime, 'wake'>,
    others: readonly Round[] = [],
  ) {
    const runtime = { ...daemonRuntime, wake: (loop: WakeableLoop) => this.wake(loop) };
    // Circuits and clients need each other: a circuit asks for its client only when it calls a vendor.
    const lever = new Circuit('lever', () => vendors.lever(), app);
    const codesubmit = new Circuit('codesubmit', () => vendors.codesubmit(), app);
    const vendors: Vendors = app.vendors.with({
      signal: runtime.signal,
      onOutcome: (vendor, ...outcome) => (vendor === 'lever' ? lever : codesubmit).note(...outcome),
    });
    const list = new SentListReader(app, codesubmit.client);
    const rounds = [
      sweepRound(app, lever, codesubmit, list, runtime),
      listRound(app, codesubmit, list, runtime),
      erasureRound(app, lever, runtime),
      checkRound(app, runtime),
      alarmRound(app, runtime),
      calendarRound(app),
      ...others,
    ];
    // One for each kind of row, and one for the rounds.
    this.#loops = {
      looks: new WorkLoop(lookStep(app, lever, runtime), runtime, app.log),
      sends: new WorkLoop(sendStep(app, codesubmit, list, runtime), runtime, app.log),
      writes: new WorkLoop(writeStep(app, lever), runtime, app.log),
      rounds: makeRoundLoop(rounds, runtime, app.log),
    };
  }

  /** Takes up what a dead process left; returns how many of its sends were cut off. */
  async recover(): Promise<number> {
    const orphans = await recover(this.app);
    // The dead process may have used up Lever's rate limit just now.
    await this.app.leverRate.startEmpty();
    return orphans;
  }

  start(): void {
    for (const loop of Object.values(this.#loops)) loop.start();
  }

  wake(loop: WakeableLoop): void {
    this.#loops[loop].wake();
  }

  /** Claims nothing more; resolves when all items in progress have settled. */
  async drain(): Promise<void> {
    await Promise.all(Object.values(this.#loops).map((loop) => loop.drain()));
  }
}

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

/** Makes everything due after a jump of the machine's calendar: stored times no longer say how long something waits. */
function calendarRound(bridge: Bridge): Round {
  const { database, list, clock, log } = bridge;
  const calendarOffset = (): number => clock.now() - clock.monotonicMs();
  // The monotonic clock never jumps: how far the calendar is ahead of it changes only if the calendar jumps.
  let lastOffset = calendarOffset();
  const jumpMs = (): number => calendarOffset() - lastOffset;
  return {
    name: 'calendar',
    isDue: () => {
      if (Math.abs(jumpMs()) >= JUMP_MS) return true;
      lastOffset = calendarOffset();
      return false;
    },
    run: async () => {
      const jumped = jumpMs();
      await database.writeWithRetry((tx) => {
        makeAllDue(bridge, tx);
        capSeenAt(tx, clock.now());
        list.forgetTimes(tx, clock.now());
      });
      // Not the offset as it is now: a jump during the write must be noticed too.
      lastOffset += jumped;
      log.warn({ jumpMs: jumped }, 'the clock jumped');
    },
  };
}
