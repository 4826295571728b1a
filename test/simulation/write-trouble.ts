/** For a while nothing can be committed, in the middle of what a move leads to: the disk is full, or the program has a bug. */
import BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { move } from '../model/moves.js';
import { MINUTE, ON_SITE, TAKE_HOME } from '../model/rules-model.js';
import { someone, Step } from '../model/step.js';

const { SqliteError } = BetterSqlite3;

export interface WriteTrouble {
  error: Error;
  /** At most: before an admin runs a command, it is over. */
  ms: number;
}

export interface TroubledMove {
  kind: 'full' | 'bug';
  ms: number;
  /** How many steps come before it. */
  at: number;
  who: string;
  stage: string;
  /** Of those at which the machine may die. */
  moments: number;
}

export const troubledMoves = fc.oneof(
  { weight: 7, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record<TroubledMove>({
      kind: fc.constantFrom('full', 'bug'),
      ms: fc.constantFrom(1, 600, 5_000, 2 * MINUTE),
      at: fc.nat(9),
      who: someone,
      stage: fc.constantFrom(TAKE_HOME, TAKE_HOME, ON_SITE),
      moments: fc.integer({ min: 1, max: 40 }),
    }),
  },
);

export function movedInTrouble({ who, stage, moments, kind, ms }: TroubledMove): Step {
  const isFull = kind === 'full';
  const what = isFull ? 'the disk is full' : 'no write succeeds';
  const words = `move ${who} to ${stage}, ${what} ${String(moments)} moments later for ${String(ms)} ms`;
  return new Step(words, async (model, world) => {
    const error = isFull ? new SqliteError('the disk is full', 'SQLITE_FULL') : new Error('a bug');
    await world.bridge.troubleDuring(moments, { error, ms }, () =>
      move(model, world, who, stage, 'announced'),
    );
  });
}
