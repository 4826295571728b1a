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

  it('is named by a setup that stores another key', async () => {
    world.env['LEVER_API_KEY'] = seedLeverApiKey;
    await world.serve();
    const key = ['--lever-api-key-file', world.newLeverKey()];
    const here = await world.succeed('setup', '--no-input', ...key);
    expect(here.stdout).toContain(
      '! LEVER_API_KEY in the daemon’s environment overrides the stored key.',
    );
    delete world.env['LEVER_API_KEY'];
    const elsewhere = await world.succeed('setup', '--no-input', ...key);
    expect(elsewhere.stdout).toContain(
      '! LEVER_API_KEY in the daemon’s environment overrides the stored key.',
    );
    await world.stop();
    const alone = await world.succeed('setup', '--no-input', ...key);
    expect(alone.stdout).not.toContain('LEVER_API_KEY');
  });
});
