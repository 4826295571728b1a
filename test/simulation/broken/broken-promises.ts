/**
 * `npm run test:simulation-breaks`: the simulation finds promises that are broken on purpose, and prints how many
 * histories each took. SIMULATION_MOST is how many it may take. With seed 1:
 *
 *     1  who came before a rule was active gets nothing
 *     2  our old tag of a topic goes before the new one comes
 *     4  one person gets a challenge once within the reuse days
 *    10  who is archived gets nothing
 *    13  what finds the disk full is written once there is room
 *    15  a different challenge in the same stage waits for approval
 *    24  a 5xx in answer to a challenge is an unknown outcome
 *    48  a sweep keeps what a brake holds
 *    60  an absence is believed only where the list shows ours
 *    63  the database takes one invitation for a visit
 *    79  a link is looked for before it is added again
 *   160  nothing goes on a read that is older than a minute
 *   239  what a dead process was sending is looked up
 *   239  what was made manually at CodeSubmit is adopted
 *   394  a note is looked for before it is written again
 *
 * The unbroken program lives through the first 460 of them.
 */
import { afterEach, expect, it } from 'vitest';
import { simulate } from '../simulate.js';
import { forgetDatabases } from '../simulated-database.js';
import { BREAKS } from './breaks.js';

const MOST = Number(process.env.SIMULATION_MOST ?? 10_000);

function breakPromise(index: number | undefined): void {
  Object.assign(globalThis, { brokenPromise: index });
  forgetDatabases();
}

afterEach(() => {
  breakPromise(undefined);
});

it.each(BREAKS.map(({ promise }, index) => [promise, index] as const))(
  '%s',
  async (promise, index) => {
    breakPromise(index);
    const found = await simulate({ seed: 1, runs: MOST, longest: 15, isShrunk: false }).catch(
      (error: unknown) => error,
    );
    const after = /Property failed after (\d+) tests/.exec(String(found))?.[1];
    process.stdout.write(`${after ?? 'not found'}: ${promise}\n`);
    expect(after, 'found').toBeDefined();
  },
);
