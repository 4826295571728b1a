// Alarms as an admin gets them, from a real daemon: once when something is wrong and once when it
// is fixed.
import { hostname } from 'node:os';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { AlarmChannel } from './alarm-channel.js';

const TEST = `codesubmit-lever on ${hostname()}: test. Alarms will appear here.`;
/** Which call finds out first is chance. */
const REFUSED =
  /^codesubmit-lever on \S+: Lever rejects the key or login, so everything waits \(lever GET \S+: 401 credentials rejected\)\. Create a new key in Lever, put it in LEVER_API_KEY, for the daemon too, then run: codesubmit-lever setup$/;
const WELCOME_BACK =
  /^codesubmit-lever on \S+: resolved: Lever rejects the key or login, so everything waits/;

let channel: AlarmChannel;
let live: ProgramRig;
let addressFile: string;

beforeEach(async () => {
  channel = await AlarmChannel.open();
  live = await ProgramRig.start();
  addressFile = join(live.folder, 'alarm-url');
  writeFileSync(addressFile, `${channel.url}\n`);
});
afterEach(async () => {
  await live.close();
  await channel.close();
});

const until = (what: string, isSo: () => boolean) => eventually(what, () => isSo());

it('reports once that Lever rejects the key, through a kill and a restart, and once that it is fixed', async () => {
  await live.setUp('--alarm-url-file', addressFile);
  expect(channel.texts).toEqual([TEST]);
  live.simulator.lever.access.revoke(seedLeverApiKey);
  const first = await live.serve();
  await until('it is posted', () => channel.texts.some((text) => REFUSED.test(text)));
  await until('that is kept', () => first.output.stdout.includes('"outcome":"taken"'));
  await first.kill('SIGKILL');
  // This one goes by the stored key, which setup replaces.
  delete live.environment.LEVER_API_KEY;
  const second = await live.serve();
  live.environment.LEVER_API_KEY = live.simulator.lever.access.addKey().credential;
  await live.setUp();
  await until('the resolution', () => channel.texts.some((text) => WELCOME_BACK.test(text)));
  expect(channel.texts).toEqual([
    TEST,
    expect.stringMatching(REFUSED),
    expect.stringMatching(WELCOME_BACK),
  ]);
  const { stdout, stderr } = await second.kill('SIGTERM');
  expect(stdout + stderr + channel.bodies.join()).not.toContain('the-secret-part');
});

it('setup tests a new address, rejects one that accepts nothing, encrypts it, and erases it for “none”', async () => {
  await live.setUp();
  const setUp = (address: string) => {
    writeFileSync(addressFile, address);
    return live.run('setup', '--no-input', '--alarm-url-file', addressFile);
  };
  channel.status = 404;
  const refused = await setUp(channel.url);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('The address for alarms did not accept a test (it answered 404).'),
  ]);
  channel.status = 200;
  expect((await setUp(channel.url)).stdout).toContain(
    '✓ alarms: the address accepted a test. Check that it arrived.',
  );
  await setUp(channel.url);
  expect(channel.texts).toEqual([TEST]);
  const insecure = await setUp('http://hooks.example.com/services/the-secret-part');
  expect(insecure.code).toBe(78);
  expect(insecure.stderr).toContain('is not an https address');
  expect(refused.stderr + insecure.stderr).not.toContain('the-secret-part');
  expect((await setUp('none')).stdout).toContain('✓ alarms: off');
  rmSync(addressFile);
  expect(await live.withApp((app) => app.secrets.list('alarm_url', 0))).toEqual([]);
});

it('setup tests and stores the addresses that its environment gives', async () => {
  const heartbeat = `${channel.url}/heartbeat`;
  Object.assign(live.environment, { ALARM_WEBHOOK_URL: channel.url, HEARTBEAT_URL: heartbeat });
  await live.setUp();
  expect(channel.texts).toContain(TEST);
  await live.withApp((app) => {
    expect(app.secrets.list('alarm_url', 0)).toEqual([channel.url]);
    expect(app.secrets.list('heartbeat_url', 0)).toEqual([heartbeat]);
  });
});
