/** What goes before a stored key is said. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { FixWorld } from '../fixes/fix-world.js';

describe('a variable of the daemon’s environment', () => {
  let world: FixWorld;
  beforeEach(async () => {
    world = await FixWorld.setUp();
  });
  afterEach(() => world.close());

  it('is named while it overrides the stored key, by setup and status, and not while it gives the same', async () => {
    world.environment.LEVER_API_KEY = seedLeverApiKey;
    await world.serveHere();
    expect((await world.succeed('status')).stdout).not.toContain('LEVER_API_KEY');
    const key = ['--lever-api-key-file', world.newLeverKey()];
    const here = '! LEVER_API_KEY in the environment overrides the stored key';
    expect((await world.succeed('setup', '--no-input', ...key)).stdout).toContain(`${here}.`);
    expect((await world.succeed('status')).stdout).toContain(here);
    delete world.environment.LEVER_API_KEY;
    const elsewhere = '! LEVER_API_KEY in the daemon’s environment overrides the stored key';
    expect((await world.succeed('setup', '--no-input', ...key)).stdout).toContain(`${elsewhere}.`);
    expect((await world.succeed('status')).stdout).toContain(elsewhere);
    await world.stop();
    const alone = await world.succeed('setup', '--no-input', ...key);
    expect(alone.stdout).not.toContain('LEVER_API_KEY');
  });
});
