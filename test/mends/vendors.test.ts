/** Whatever goes wrong at a vendor is named by doctor or status, and what they print mends it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { CODESUBMIT_MENDS } from './codesubmit-mends.js';
import { LEVER_MENDS } from './lever-mends.js';
import { showMended } from './mend.js';
import { MendWorld } from './mend-world.js';

const folder = temporaryFolder();

describe.each([
  ['Lever', LEVER_MENDS],
  ['CodeSubmit', CODESUBMIT_MENDS],
])('%s', (name, mends) => {
  let world: MendWorld;
  beforeAll(async () => {
    world = await MendWorld.setUp(`${folder}/${name}`);
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(mends)('$wrong', (mend) => showMended(mend, world));
});
