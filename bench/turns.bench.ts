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

const ROUNDS = 5;
const GOAL_MS = 50;

const vendor = new HostileVendor(temporaryFolder());
beforeAll(() => vendor.listen());
afterAll(() => vendor.close());

async function median(run: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await longestTurn(run));
  return rounds.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)]!;
}

it('turns', async () => {
  await longestTurn(HOSTILE_TURNS[BASELINE]!(vendor));
  for (const [name, prepare] of Object.entries(HOSTILE_TURNS)) {
    const ms = await median(prepare(vendor));
    const verdict = ms > GOAL_MS ? `  over ${GOAL_MS} ms` : '';
    process.stderr.write(`${name.padEnd(70)} ${ms.toFixed(1).padStart(7)} ms${verdict}\n`);
  }
});
