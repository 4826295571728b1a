/** A page elsewhere whose name was made to lead to this machine (DNS rebinding) gets nothing from our loopback ports. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Metrics } from '../../src/daemon/metrics/metrics.js';
import { InProcessRig } from '../rigs/in-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: InProcessRig;
beforeAll(async () => {
  bridge = await InProcessRig.start(folder, { metrics: new Metrics() });
  bridge.simulator.codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp(['stage=Take-home;tag=*;challenge=Backend'], 'off');
});
afterAll(() => bridge.close());

async function statusFor(host: string, url: string, method = 'GET'): Promise<number | undefined> {
  const sent = request(url, { method, headers: { host } }).end();
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  reply.resume();
  return reply.statusCode;
}

const pages: [what: string, url: () => string][] = [
  ['the metrics', () => bridge.metricsUrl],
  ['why the daemon isn’t ready', () => new URL('/readyz', bridge.metricsUrl).href],
  ['the simulated Lever’s board', () => bridge.simulator.lever.origin],
  ['the simulator’s controls', () => `${bridge.simulator.controlUrl}/state`],
  ['the simulated CodeSubmit', () => bridge.simulator.codesubmitUrl],
];

it.each(pages)('%s: only under a name of this machine', async (_what, url) => {
  const port = new URL(url()).port;
  for (const host of ['example.com', `example.com:${port}`, `127.0.0.1.example.com:${port}`]) {
    expect([host, await statusFor(host, url())]).toEqual([host, 403]);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    expect([host, await statusFor(host, url())]).not.toEqual([host, 403]);
  }
});
