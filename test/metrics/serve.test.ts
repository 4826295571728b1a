// `serve` with metrics, as a process: where it says that they are, which ports it refuses, and that it still ends in order.
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ProgramRig } from '../rigs/program.js';
import { listen } from '../support/local-server.js';
import { Exposition } from './exposition.js';

let live: ProgramRig;
beforeAll(async () => {
  live = await ProgramRig.setUp();
});
afterAll(() => live.close());

it('shows them where METRICS_PORT says, on loopback, and ends at once when asked to', async () => {
  const daemon = await live.serve([], { METRICS_PORT: '0' });
  const said = /"host":"127\.0\.0\.1","port":(\d+),"path":"\/metrics"/.exec(daemon.output.stdout);
  const url = `http://127.0.0.1:${said?.[1] ?? ''}/metrics`;
  const shown = new Exposition(await (await fetch(url, { keepalive: true })).text());
  expect(shown.sum('codesubmit_lever_ready')).toBe(1);
  expect(shown.sum('process_resident_memory_bytes')).toBeGreaterThan(0);
  const ready = await fetch(url.replace('/metrics', '/readyz'));
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', reasons: [] }]);
  const ended = await daemon.kill('SIGTERM');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});

it('shows none unless asked', async () => {
  const daemon = await live.serve();
  expect(daemon.output.stdout).not.toContain('metrics');
  await daemon.kill('SIGTERM');
});

it('refuses a port that is taken, and the daemon’s own, naming the flag', async () => {
  const other = createServer();
  const { port: taken } = new URL(await listen(other));
  const ended = await live.run('serve', '--port', '0', '--metrics-port', taken);
  other.close();
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain(`127.0.0.1:${taken}`);
  expect(ended.stderr).toContain('serve --metrics-port PORT');
  const same = await live.run('serve', '--port', taken, '--metrics-port', taken);
  expect(same).toMatchObject({ code: 2, stdout: '' });
  expect(same.stderr).toContain(`Metrics can’t listen on port ${taken}: webhooks already use it`);
  expect((await live.run('serve', '--metrics-port', 'http')).code).toBe(2);
});
