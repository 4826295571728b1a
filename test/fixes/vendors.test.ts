/** Whatever goes wrong at a vendor, doctor or status names it, and what they print fixes it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { CODESUBMIT_FIXES } from './codesubmit-fixes.js';
import { LEVER_FIXES } from './lever-fixes.js';
import { showFixed } from './fix.js';
import { FixWorld } from './fix-world.js';

const folder = temporaryFolder();

describe.each([
  ['Lever', LEVER_FIXES],
  ['CodeSubmit', CODESUBMIT_FIXES],
])('%s', (name, fixes) => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.setUp(`${folder}/${name}`);
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(fixes)('$wrong', (fix) => showFixed(fix, world));
});
