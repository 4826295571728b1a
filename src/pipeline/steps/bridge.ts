/** What the steps work with. `create-pipeline.ts` makes it once. */
import type { LeverReader } from '../../domain/lever-ports.js';
import type { Log } from '../../domain/log.js';
import type { Stores } from '../create-stores.js';
import type { Decider } from '../decide/decider.js';
import type { SharedReads } from '../inbox/read-memory.js';

export interface Bridge extends Stores {
  decider: Decider;
  log: Log;
}

/** Lever as one process reads it. */
export interface LeverReads {
  client: () => LeverReader;
  reads: SharedReads;
}

export interface Progress {
  /** Called after each write, so that queued challenges are sent at once. */
  onDecided: () => void;
  /** True to stop: the next sweep finds what is left. */
  isStopped: () => boolean;
}
