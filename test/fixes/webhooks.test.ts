/**
 * Whatever keeps Lever's webhooks from arriving, doctor or status names it, and what they print
 * fixes it.
 */
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
