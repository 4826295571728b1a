/** Whatever keeps Lever's word from arriving is named by doctor or status, and what they print fixes it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { showFixed } from './fix.js';
import { FixWorld } from './fix-world.js';
import { WEBHOOK_FIXES } from './webhook-fixes.js';

const folder = temporaryFolder();

describe('the way from Lever', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.setUp(folder);
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(WEBHOOK_FIXES)('$wrong', (fix) => showFixed(fix, world));
});
