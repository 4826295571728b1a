/** Whatever becomes of a promise and is not well is named by doctor or status, and what they print mends it. */
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { INVITATION_MENDS } from './invitation-mends.js';
import { showMended } from './mend.js';
import { MendWorld } from './mend-world.js';

const folder = temporaryFolder();

describe('an invitation', () => {
  let world: MendWorld;
  beforeAll(async () => {
    world = await MendWorld.setUp(folder, '--brake', 'off');
    await world.serve();
  });
  afterEach(() => world.untilNothingIsOwed());
  afterAll(() => world.close());

  it.each(INVITATION_MENDS)('$wrong', (mend) => showMended(mend, world));
});
