/**
 * What the machine gives a program beside time, made to come of the seed alone: random bytes, and the turns of the event
 * loop. In place of the loop's turns there is a queue, so that nothing waits for the system between two of them.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { Dice } from './dice.js';

const real = {
  setImmediate: globalThis.setImmediate,
  nextTurn: timers.setImmediate,
  randomBytes: crypto.randomBytes,
  randomUUID: crypto.randomUUID,
};

export class SimulatedMachine {
  #turns: (() => void)[] = [];

  /** From here on, until `release`, it stands for the machine. */
  constructor(dice: Dice) {
    const add = (run: () => void): void => {
      this.#turns.push(run);
    };
    Object.assign(globalThis, {
      setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => {
        add(() => {
          run(...args);
        });
      },
    });
    const nextTurn = () =>
      new Promise<void>((resolve) => {
        add(resolve);
      });
    Object.assign(timers, { setImmediate: nextTurn });
    Object.assign(crypto, {
      randomBytes: (size: number) => dice.bytes(size),
      randomUUID: () => dice.uuid(),
    });
    syncBuiltinESMExports();
  }

  release(): void {
    Object.assign(globalThis, { setImmediate: real.setImmediate });
    Object.assign(timers, { setImmediate: real.nextTurn });
    Object.assign(crypto, { randomBytes: real.randomBytes, randomUUID: real.randomUUID });
    syncBuiltinESMExports();
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
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
