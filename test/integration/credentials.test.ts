/** What goes before a stored key or setting is said. */
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
    world.environment.LEVER_API_KEY = seedLeverApiKey;
    await world.serveHere();
    const key = ['--lever-api-key-file', world.newLeverKey()];
    const here = await world.succeed('setup', '--no-input', ...key);
    expect(here.stdout).toContain(
      '! LEVER_API_KEY in the daemon’s environment overrides the stored key.',
    );
    delete world.environment.LEVER_API_KEY;
    const elsewhere = await world.succeed('setup', '--no-input', ...key);
    expect(elsewhere.stdout).toContain(
      '! LEVER_API_KEY in the daemon’s environment overrides the stored key.',
    );
    await world.stop();
    const alone = await world.succeed('setup', '--no-input', ...key);
    expect(alone.stdout).not.toContain('LEVER_API_KEY');
  });

  it('is named by a setup whose flag it overrides', async () => {
    world.environment.CODESUBMIT_LEVER_RETENTION_DAYS = '30';
    const given = await world.succeed('setup', '--no-input', '--retention-days', 'off');
    expect(given.stdout).toContain(
      '! CODESUBMIT_LEVER_RETENTION_DAYS in the environment overrides the stored setting.',
    );
    const same = await world.succeed('setup', '--no-input', '--retention-days', '30');
    expect(same.stdout).not.toContain('CODESUBMIT_LEVER_RETENTION_DAYS');
  });
});
