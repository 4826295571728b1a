/** Whether what a person was promised through another opportunity keeps a challenge from them here. */
import type { ChallengeId } from '../domain/ids.js';
import type { PersonPromise } from './situation.js';

/** The challenge that is to go, and for how long the same person is spared it. */
export interface Reuse {
  challengeId: ChallengeId;
  reuseMs: number;
}

/** What is still to go counts however long it has waited: it may go at any moment. `now`: epoch ms. */
export function counts(promise: PersonPromise, reuse: Reuse, now: number): boolean {
  const from = promise.countsFrom ?? now;
  return promise.challengeId === reuse.challengeId && from > now - reuse.reuseMs;
}
