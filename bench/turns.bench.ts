/**
 * The longest turn of the event loop, in processor time, for each kind of hostile content, beside an ordinary page of
 * Lever's. `npm run bench`.
 */
import { afterAll, beforeAll, it } from 'vitest';
import {
  BASELINE,
  HOSTILE_TURNS,
  HostileVendor,
  longestTurn,
} from '../test/support/hostile-turns.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { median, printRow } from './row.js';

const ROUNDS = 5;
const GOAL_MS = 50;

const vendor = new HostileVendor(temporaryFolder());
beforeAll(() => vendor.listen());
afterAll(() => vendor.close());

async function medianTurn(run: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await longestTurn(run));
  return median(rounds);
}

it('turns', async () => {
  await longestTurn(HOSTILE_TURNS[BASELINE]!(vendor));
  let longest = 0;
  for (const [name, prepare] of Object.entries(HOSTILE_TURNS)) {
    const ms = await medianTurn(prepare(vendor));
    longest = Math.max(longest, ms);
    printRow(name, '', `${ms.toFixed(1)} ms`);
  }
  printRow('the longest turn of the event loop', `≤ ${GOAL_MS}`, `${longest.toFixed(1)} ms`);
});
