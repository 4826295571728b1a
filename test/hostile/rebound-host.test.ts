/** A page elsewhere whose name was made to lead to this machine (DNS rebinding) gets nothing from our loopback ports. */
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Metrics, openMetrics } from '../../src/serve/metrics.js';
import { watchReadiness } from '../../src/serve/loops/trouble-rounds.js';
import type { Simulator } from '../../src/simulator/start-simulator.js';
import { StoreRig } from '../rigs/store.js';

const store = new StoreRig();
let simulator: Simulator;
let server: FastifyInstance;
beforeAll(async () => {
  const { app } = store;
  const unreadyReasons = watchReadiness(app, () => false);
  const ports = { port: 0, daemonPort: 0 };
  server = await openMetrics(new Metrics(), app, unreadyReasons, ports);
  simulator = await store.startVendors();
});
afterAll(async () => {
  await server.close();
  await simulator.close();
  store.close();
});

async function statusFor(host: string, url: string, method = 'GET'): Promise<number | undefined> {
  const sent = request(url, { method, headers: { host } }).end();
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  reply.resume();
  return reply.statusCode;
}

const pages: [what: string, url: () => string][] = [
  ['the metrics', () => `${server.listeningOrigin}/metrics`],
  ['why the daemon isn’t ready', () => `${server.listeningOrigin}/readyz`],
  ['the simulated Lever’s board', () => simulator.lever.origin],
  ['the simulator’s controls', () => `${simulator.controlUrl}/state`],
  ['the simulated CodeSubmit', () => simulator.codesubmitUrl],
];

it.each(pages)('%s: only under a name of this machine', async (_what, url) => {
  const port = new URL(url()).port;
  for (const host of ['example.com', `example.com:${port}`, `127.0.0.1.example.com:${port}`]) {
    expect([host, await statusFor(host, url())]).toEqual([host, 403]);
  }
  for (const host of ['127.0.0.1', `127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    expect([host, await statusFor(host, url())]).not.toEqual([host, 403]);
  }
});
