/** Keys that a vendor rejects are tried again by the daemon, and what goes before a stored key is said. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCredentialsLoop } from '../../src/serve/loops/credentials-loop.js';
import { machineTimers, MINUTE_MS } from '../../src/domain/clock.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { FixWorld } from '../fixes/fix-world.js';
import { noteRejected } from '../../src/net/circuit.js';
import { StoreRig } from '../rigs/store.js';
import { eventually } from '../rigs/eventually.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();

describe('the daemon', () => {
  let bridge: StoreRig;
  let simulator: Simulator;
  let end: () => Promise<void>;
  let bridges = 0;

  beforeEach(async () => {
    simulator = await startSimulator();
    simulator.lever.switches.rateLimit = 'off';
    bridge = new StoreRig(folder, `credentials-${String(++bridges)}`);
    const { app } = bridge;
    const { leverApiUrl, codesubmitUrl } = simulator;
    await app.database.write((tx) => {
      app.settings.save(tx, { leverApiUrl, codesubmitUrl });
      app.secrets.replace(tx, 'lever_api_key', seedLeverApiKey);
      app.secrets.replace(tx, 'codesubmit_api_key', seedCodeSubmitApiKey);
      app.integration.bumpVersion(tx);
    });
    const signal = new AbortController().signal;
    const runtime = { pollMs: 5, timers: machineTimers, signal, isDraining: () => false };
    const loop = makeCredentialsLoop(app, app.configuration, app.vendors, {
      ...runtime,
      wake: () => {},
    });
    loop.start();
    end = () => loop.drain();
  });
  afterEach(async () => {
    await end();
    bridge.close();
    await simulator.close();
  });

  const asked = () => simulator.lever.requests.list().length;

  it('tries a rejected key again after five minutes, and goes on once it works', async () => {
    simulator.lever.access.revoke(seedLeverApiKey);
    await noteRejected(
      bridge.app,
      'lever',
      { kind: 'key', why: 'lever GET /stages: 401' },
      () => true,
    );
    await eventually('it was tried', () => (asked() > 0 ? true : undefined));
    simulator.lever.access.addKey({ name: 'Again', key: seedLeverApiKey });
    bridge.clock.advance(5 * MINUTE_MS);
    await eventually('it goes on', () =>
      bridge.app.integration.state() === 'active' ? true : undefined,
    );
  });
});

describe('a variable of the daemon’s environment', () => {
  let world: FixWorld;
  let worlds = 0;
  beforeEach(async () => {
    world = await FixWorld.setUp(`${folder}/world-${String(++worlds)}`);
  });
  afterEach(() => world.close());

  it('with a rejected key ends no work while the stored one is good', async () => {
    world.env['LEVER_API_KEY'] = 'a key that Lever rejects';
    await world.serve();
    const id = world.person();
    await world.untilState(id, 'linked');
    expect((await world.run(['status', '--json'])).stdout).toContain('"state": "active"');
  });

  it('is named by a setup that stores another key', async () => {
    world.env['LEVER_API_KEY'] = seedLeverApiKey;
    await world.serve();
    const key = ['--lever-api-key-file', world.newLeverKey()];
    const here = await world.succeed('setup', '--no-input', ...key);
    expect(here.stdout).toContain('- Remove LEVER_API_KEY from the daemon’s environment');
    delete world.env['LEVER_API_KEY'];
    const elsewhere = await world.succeed('setup', '--no-input', ...key);
    expect(elsewhere.stdout).toContain('- Remove LEVER_API_KEY from the daemon’s environment');
    await world.stop();
    const alone = await world.succeed('setup', '--no-input', ...key);
    expect(alone.stdout).not.toContain('LEVER_API_KEY');
  });
});
