/** What the steps that decide work with, beside what every step does. */
import type { LeverReader } from '../domain/lever-ports.js';
import type { Bridge as EveryStep } from './bridge.js';
import type { Stores } from '../store/create-stores.js';
import type { Decider } from './decider.js';
import type { SharedReads } from './read-memory.js';

export interface Bridge extends EveryStep, Stores {
  decider: Decider;
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
