/** The timeline says why a candidate got no challenge, and what to do about it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { showFixed } from './fix.js';
import { FixWorld, RULE } from './fix-world.js';
import { PEOPLE_FIXES } from './people-fixes.js';

const folder = temporaryFolder();
const FRONTEND = RULE.replace('backend', 'frontend').replace('Backend API', 'Frontend React');

describe('a candidate', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.setUp(folder, '--rule', RULE, '--rule', FRONTEND, '--brake', 'off');
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(PEOPLE_FIXES)('$wrong', (fix) => showFixed(fix, world));
});
