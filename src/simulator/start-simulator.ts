// Starts a simulated Lever and a simulated CodeSubmit on loopback, in this process.
//
// Documented or recorded behaviour is fixed. What nobody knows is a switch (lever-switches.ts, codesubmit-switches.ts), and
// what goes wrong is a fault (fault-plan.ts):
//
//   const { lever, codesubmit } = await startSimulator({ seed: 'empty' });
//   codesubmit.addTest({ name: 'Backend API' });
//   const { id } = lever.actions.create({ name: 'Ada Fictional', stageId: 'Phone screen' });
//   lever.flip({ readLagMs: 500 });
//   codesubmit.faults.set({ method: 'POST', kind: 'drop-after', times: 1 });
//   lever.actions.move(id, 'Take-home');
//   codesubmit.invitationCounts(); // [{ email, testId, count, byApi }]
import { codeSubmitApi } from './codesubmit/codesubmit-api.js';
import { CodeSubmitWorld } from './codesubmit/codesubmit-world.js';
import { codeSubmitPages } from './codesubmit/codesubmit-pages.js';
import { controlApi } from './control-api.js';
import { leverApi } from './lever/lever-api.js';
import { LeverWorld } from './lever/lever-world.js';
import { leverPages } from './lever/lever-pages.js';
import { tokenRoute } from './lever/token-route.js';
import { seedBase } from './seed/base-seed.js';
import { seedDemo } from './seed/demo-seed.js';
import { listen, simulatedServer } from './simulated-server.js';

export interface SimulatorOptions {
  /** 0 = any, as when left out. */
  leverPort?: number;
  codesubmitPort?: number;
  /** `empty` has stages, users and keys, but no postings, candidates or challenges. */
  seed?: 'demo' | 'empty';
  /** Epoch milliseconds; both vendors' clocks, including the rate limit's. */
  now?: () => number;
  /** The waits before a webhook's retries; Lever makes five. */
  webhookRetryDelaysMs?: number[];
}

export interface Simulator {
  /** `http://127.0.0.1:PORT/v1` */
  leverApiUrl: string;
  /** `http://127.0.0.1:PORT/authorize`; the board is at `/`. */
  leverAuthorizeUrl: string;
  /** `http://127.0.0.1:PORT/oauth/token` */
  leverTokenUrl: string;
  /** `http://127.0.0.1:PORT/v1/`: the audience, with its trailing slash. */
  leverAudience: string;
  /** `http://127.0.0.1:PORT` */
  codesubmitUrl: string;
  /** `http://127.0.0.1:PORT/_simulator`, on Lever's port. */
  controlUrl: string;
  lever: LeverWorld;
  codesubmit: CodeSubmitWorld;
  /** Gives up webhooks in progress and cuts open connections. */
  close(): Promise<void>;
}

const growingDelaysMs = [1_000, 5_000, 30_000, 120_000, 600_000];

/**
 * Starts both vendors with their seed, each on a port of its own, and returns their addresses and worlds. @throws when
 * a port is taken; nothing goes on running then.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  // eslint-disable-next-line no-restricted-properties -- the simulated vendors' clocks begin here
  const now = options.now ?? Date.now;
  const webhookRetryDelaysMs = options.webhookRetryDelaysMs ?? growingDelaysMs;
  const lever = new LeverWorld({ now, webhookRetryDelaysMs });
  const codesubmit = new CodeSubmitWorld({ now });
  const worlds = { lever, codesubmit };
  seedBase(worlds);
  if (options.seed !== 'empty') seedDemo(worlds);
  const leverServer = simulatedServer();
  await leverServer.register(leverApi(lever), { prefix: '/v1' });
  await leverServer.register(tokenRoute(lever));
  await leverServer.register(leverPages(lever));
  await leverServer.register(controlApi(worlds), { prefix: '/_simulator' });
  const codesubmitServer = simulatedServer();
  await codesubmitServer.register(codeSubmitApi(codesubmit));
  await codesubmitServer.register(codeSubmitPages(codesubmit));
  const close = async () => {
    lever.sender.close();
    await Promise.all([leverServer.close(), codesubmitServer.close()]);
  };
  try {
    lever.origin = await listen(leverServer, options.leverPort ?? 0);
    codesubmit.origin = await listen(codesubmitServer, options.codesubmitPort ?? 0);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    leverApiUrl: `${lever.origin}/v1`,
    leverAuthorizeUrl: `${lever.origin}/authorize`,
    leverTokenUrl: `${lever.origin}/oauth/token`,
    leverAudience: `${lever.origin}/v1/`,
    codesubmitUrl: codesubmit.origin,
    controlUrl: `${lever.origin}/_simulator`,
    lever,
    codesubmit,
    close,
  };
}
