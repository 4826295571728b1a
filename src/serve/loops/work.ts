/** All work of a daemon from accepting a delivery until it is told to stop: every step's loop, and the rounds. */
import { runChosenChecks } from '../../admin/facts/doctor.js';
import type { App } from '../../admin/app.js';
import { recover, makeAllDue, type Bridge } from '../../bridge/bridge.js';
import { SentListReader } from '../../bridge/sent-list-reader.js';
import type { CodeSubmitClient } from '../../codesubmit/codesubmit-client.js';
import type { LeverClient } from '../../lever/lever-client.js';
import { Circuit } from '../../net/circuit.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import { alarmRound, checkRound } from './trouble-rounds.js';
import { erasureRound } from './erasure-round.js';
import { listRound, makeLookLoop, makeSendLoop, makeWriteLoop } from './delivery-loops.js';
import { sweepRound } from './sweep-round.js';
import { makeRoundLoop, type LoopRuntime, type Round, type WakeableLoop } from './work-loop.js';
import { SECOND_MS } from '../../domain/clock.js';
import { capSeenAt } from '../../store/candidates.js';

/** Serves no request, and reads no file but the database: anything with an app and timers can run it. */
export class Work {
  readonly #vendors: Vendors;
  readonly #loops: ReturnType<typeof makeLoops>;

  /** `rounds`: further rounds of the daemon. */
  constructor(
    private readonly app: App,
    ofDaemon: Omit<LoopRuntime, 'wake'>,
    rounds: readonly Round[] = [],
  ) {
    const runtime = { ...ofDaemon, wake: (loop: WakeableLoop) => this.wake(loop) };
    const circuits = {
      lever: new Circuit('lever', () => this.#vendors.lever(), app),
      codesubmit: new Circuit('codesubmit', () => this.#vendors.codesubmit(), app),
    };
    this.#vendors = app.vendors.with({
      signal: runtime.signal,
      onOutcome: (vendor, ...outcome) => circuits[vendor].note(...outcome),
    });
    this.#loops = makeLoops(app, circuits, runtime, rounds);
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

/** Makes one loop for each kind of row, and one for the rounds. */
function makeLoops(
  app: App,
  { lever, codesubmit }: { lever: Circuit<LeverClient>; codesubmit: Circuit<CodeSubmitClient> },
  runtime: LoopRuntime,
  others: readonly Round[],
) {
  const list = new SentListReader(app, codesubmit.client);
  const rounds = [
    sweepRound(app, { lever, codesubmit, list }, runtime),
    listRound(app, codesubmit, list, runtime),
    erasureRound(app, lever, runtime),
    checkRound(app, (isDue) => runChosenChecks(app, isDue, runtime.draining)),
    alarmRound(app, runtime),
    calendarRound(app),
    ...others,
  ];
  return {
    looks: makeLookLoop(app, lever, runtime),
    sends: makeSendLoop(app, codesubmit, list, runtime),
    writes: makeWriteLoop(app, lever, runtime),
    rounds: makeRoundLoop(rounds, runtime, app.log),
  };
}

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

export function calendarRound(bridge: Bridge): Round {
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
