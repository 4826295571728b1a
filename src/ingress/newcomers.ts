/**
 * Node takes one new connection in for each round of its event loop, and a commit is made once a round: a commit for each
 * of many newcomers would cost each of them a sync of the disk. So deliveries wait while newcomers come, for a few rounds.
 */
import type { Server } from 'node:http';
import { setImmediate as nextRound } from 'node:timers/promises';

/** Rounds without a commit are short: together some milliseconds. */
const MAX_ROUNDS = 64;

export class Newcomers {
  #seen = 0;
  #waiting: Promise<void> | undefined;

  constructor(server: Server) {
    server.on('connection', () => {
      this.#seen += 1;
    });
  }

  /** Resolves once a round has brought nobody new, at most some milliseconds later. */
  awaited(): Promise<void> {
    return (this.#waiting ??= this.#wait().finally(() => (this.#waiting = undefined)));
  }

  async #wait(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const before = this.#seen;
      await nextRound();
      if (this.#seen === before) return;
    }
  }
}
