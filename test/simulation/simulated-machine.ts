/**
 * What the machine gives a program, made to come of the seed alone: random bytes, pauses, and the turns of the event
 * loop. In place of the loop's turns there is a queue, so that nothing waits for the system between two of them.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { TimerOptions } from 'node:timers';
import timers from 'node:timers/promises';
import type { Dice } from './dice.js';

const real = {
  setImmediate: globalThis.setImmediate,
  nextTurn: timers.setImmediate,
  pause: timers.setTimeout,
  randomBytes: crypto.randomBytes,
  randomUUID: crypto.randomUUID,
};

const nothing = (): void => undefined;

/** The one that stands for the machine at present. */
let current: SimulatedMachine | undefined;

export class SimulatedMachine {
  #turns: (() => void)[] = [];
  /** Runs something so many ms later. */
  later: (ms: number, run: () => void) => void = nothing;
  /** With this every write fails. */
  trouble: Error | undefined;
  /** What the errors of all troubles say: one may be logged only once the trouble is over. */
  readonly troubles = new Set<string>();

  /** From here on, until `release`, it stands for the machine. */
  constructor(readonly dice: Dice) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- Node's replaced functions ask for it.
    current = this;
  }

  release(): void {
    current = undefined;
  }

  /** For so many ms, unless it is ended before. */
  beginTrouble(trouble: Error, ms: number): void {
    this.trouble = trouble;
    this.troubles.add(trouble.message);
    this.later(ms, () => {
      this.trouble = undefined;
    });
  }

  atNextTurn(run: () => void): void {
    this.#turns.push(run);
  }

  /** Until nothing more runs: all promises that are settled have been followed, turn by turn. */
  async rest(): Promise<void> {
    await settledPromises();
    while (this.#turns.length > 0) {
      for (const run of this.#turns.splice(0)) {
        run();
        await settledPromises();
      }
    }
  }

  /** Whatever a process that has died would have done in the next turn. */
  forgetTurns(): void {
    this.#turns = [];
  }
}

/** Node takes up its next ticks when no promise is left to follow. */
function settledPromises(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

// Replaced once: while nothing stands for the machine, its own functions run.
Object.assign(globalThis, {
  setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => {
    if (!current) return real.setImmediate(run, ...args);
    current.atNextTurn(() => run(...args));
    return undefined;
  },
});
Object.assign(timers, {
  setImmediate: (value?: unknown) => {
    const machine = current;
    if (!machine) return real.nextTurn(value);
    return new Promise<void>((resolve) => machine.atNextTurn(resolve));
  },
  setTimeout: (ms?: number, value?: unknown, options?: TimerOptions) => {
    const machine = current;
    if (!machine) return real.pause(ms, value, options);
    return new Promise<void>((resolve) => machine.later(ms ?? 0, resolve));
  },
});
Object.assign(crypto, {
  randomBytes: (size: number) => current?.dice.bytes(size) ?? real.randomBytes(size),
  randomUUID: () => current?.dice.uuid() ?? real.randomUUID(),
});
syncBuiltinESMExports();
