/** Why somebody got no challenge is said in their story, with what a person does about it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { showMended } from './mend.js';
import { MendWorld, RULE } from './mend-world.js';
import { PEOPLE_MENDS } from './people-mends.js';

const folder = temporaryFolder();
const FRONTEND = RULE.replace('backend', 'frontend').replace('Backend API', 'Frontend React');

describe('a candidate', () => {
  let world: MendWorld;
  beforeAll(async () => {
    world = await MendWorld.setUp(folder, '--rule', RULE, '--rule', FRONTEND, '--brake', 'off');
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(PEOPLE_MENDS)('$wrong', (mend) => showMended(mend, world));
});
