/** The heartbeat: a monitor is called while all is well, and hears nothing while something needs a person. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { AlarmChannel } from './alarm-channel.js';

let monitor: AlarmChannel;
let live: ProgramRig;
let addressFile: string;

beforeEach(async () => {
  monitor = await AlarmChannel.open();
  live = await ProgramRig.start();
  addressFile = join(live.folder, 'heartbeat-url');
  writeFileSync(addressFile, monitor.url);
});
afterEach(async () => {
  await live.close();
  await monitor.close();
});

const until = (what: string, isSo: () => boolean) => eventually(what, () => isSo());

it('stops while Lever rejects the key, continues after the fix, and keeps the address secret', async () => {
  await live.setUp('--heartbeat-url-file', addressFile);
  expect(monitor.beats).toBe(1);
  // The daemon goes by the stored key, which setup replaces.
  live.environment.LEVER_API_KEY = undefined;
  const first = await live.serve();
  await until('the first call', () => monitor.beats === 2);
  live.simulator.lever.access.revoke(seedLeverApiKey);
  await live.run('pause', '--yes');
  await live.run('resume', '--yes');
  await until('the key is rejected', () => first.output.stdout.includes('"account rejected"'));
  // At its start it calls at once, and not a minute later.
  const ended = [await first.kill('SIGTERM')];
  // One more may have gone out at `resume`, before Lever answered.
  const { beats } = monitor;
  const second = await live.serve();
  await until('it is withheld', () =>
    /"problems":"needs_reauth\b.*"msg":"heartbeat withheld"/.test(second.output.stdout),
  );
  ended.push(await second.kill('SIGTERM'));
  expect(monitor.beats).toBe(beats);
  live.environment.LEVER_API_KEY = live.simulator.lever.access.addKey().credential;
  await live.setUp();
  const third = await live.serve();
  await until('it goes on', () => monitor.beats > beats);
  await live.succeed('revoke', '--yes');
  ended.push(await third.kill('SIGTERM'));
  for (const { stdout, stderr } of ended) expect(stdout + stderr).not.toContain('the-secret-part');
});

it('setup refuses an address that does not answer, and one that others could read on the way', async () => {
  monitor.status = 404;
  const rule = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';
  const setUp = () =>
    live.run('setup', '--no-input', '--rule', rule, '--heartbeat-url-file', addressFile);
  const refused = await setUp();
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'The heartbeat address did not accept a test (it answered 404).',
    ),
  });
  writeFileSync(addressFile, 'http://monitor.example.com/the-secret-part');
  const insecure = await setUp();
  expect(insecure).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('The heartbeat address is not an https address'),
  });
  expect(refused.stderr + insecure.stderr).not.toContain('the-secret-part');
  writeFileSync(addressFile, 'none');
  expect((await setUp()).stdout).toContain('✓ heartbeat: off');
});
