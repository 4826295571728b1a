/** Any call to Lever, answered or refused, tells the app Lever’s time; one to CodeSubmit tells nothing. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { effectiveSettings } from '../../src/storage/settings/settings.js';
import { apiKeyAuth } from '../../src/vendors/lever/api/lever-connection.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Simulator } from '../../src/simulator/start-simulator.js';
import { StoreRig } from '../rigs/store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const HOUR = 3_600_000;
let bridge: StoreRig;
let simulator: Simulator;
let number = 0;

beforeEach(async () => {
  bridge = new StoreRig(folder, String(++number));
  simulator = await bridge.startVendors();
});

afterEach(async () => {
  bridge.close();
  await simulator.close();
});

function settings() {
  const { leverApiUrl, codesubmitUrl } = simulator;
  return effectiveSettings({ leverApiUrl, codesubmitUrl }, {});
}

async function askLever(key = seedLeverApiKey): Promise<void> {
  const { app } = bridge;
  await app.clients.lever(settings(), apiKeyAuth(key)).checkKey();
}

it('CodeSubmit’s clock says nothing about Lever’s', async () => {
  const { app } = bridge;
  simulator.lever.switches.clockOffsetMs = -HOUR;
  simulator.codesubmit.switches.clockOffsetMs = 2 * HOUR;
  const askCodeSubmit = () => app.clients.codesubmit(settings(), seedCodeSubmitApiKey).checkKey();
  await askCodeSubmit();
  expect(app.leverSkew.ourLeadMs()).toBeNull();
  await askLever();
  await askCodeSubmit();
  expect(app.leverSkew.ourLeadMs()).toBeGreaterThan(HOUR - 60_000);
});

it('a refusal carries the time too, and our own jump is seen without another call', async () => {
  const { app } = bridge;
  await expect(askLever('a key that is none')).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(app.leverSkew.ourLeadMs()).toBe(0);
  bridge.clock.jump(HOUR);
  expect(app.leverSkew.ourLeadMs()).toBeGreaterThan(HOUR - 60_000);
});
