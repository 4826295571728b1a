/**
 * Node takes one new connection in for each round of its event loop, and a commit is made once a round: a commit for each
 * of many newcomers would cost each of them a sync of the disk. So deliveries wait while newcomers come, for a few rounds.
 */
import type { Server } from 'node:http';
import { setImmediate as nextRound } from 'node:timers/promises';

/** Rounds without a commit are short: together some milliseconds, unless a flood makes each of them long. */
const MAX_ROUNDS = 64;
const MAX_MS = 20;
/** A newcomer's request is read the round after it was let in. */
const QUIET_ROUNDS = 2;

export class Newcomers {
  #seen = 0;
  #coming: Promise<void> | undefined;

  constructor(server: Server) {
    server.on('connection', () => {
      this.#seen += 1;
      this.#coming ??= this.#untilQuiet().finally(() => (this.#coming = undefined));
    });
  }

  /** While newcomers come: resolves once they don't any more, some milliseconds later at most. */
  coming(): Promise<void> | undefined {
    return this.#coming;
  }

  async #untilQuiet(): Promise<void> {
    const endsAt = performance.now() + MAX_MS;
    let quiet = 0;
    for (let round = 0; round < MAX_ROUNDS && quiet < QUIET_ROUNDS; round += 1) {
      if (performance.now() > endsAt) return;
      const before = this.#seen;
      await nextRound();
      quiet = this.#seen === before ? quiet + 1 : 0;
    }
  }
}
