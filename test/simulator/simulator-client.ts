// Starts a simulator for a test and calls it over HTTP as its users would.
import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined if it isn't JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads any shape
  json: any;
}

export type Caller = Awaited<ReturnType<typeof openSimulator>>;

/** A clock that moves only when told, starting at a round time. */
export function handClock(start = 1_800_000_000_000) {
  let time = start;
  return {
    now: () => time,
    advance: (ms: number) => (time += ms),
  };
}

export async function openSimulator(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ webhookRetryDelaysMs: [1, 2, 3, 4, 5], ...options });

  function lever(method: string, path: string, body?: unknown, key = seedLeverApiKey) {
    const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    return send(method, `${simulator.leverApiUrl}${path}`, { authorization }, body);
  }
  function codesubmit(method: string, path: string, body?: unknown, key = seedCodeSubmitApiKey) {
    const url = `${simulator.codesubmitUrl}/api/external${path}`;
    return send(method, url, { 'x-api-key': key }, body);
  }
  return {
    simulator,
    lever,
    codesubmit,
    control: (path: string, body?: unknown) =>
      send(body === undefined ? 'GET' : 'POST', `${simulator.controlUrl}${path}`, {}, body),
    addCandidate: (input: object = {}) =>
      simulator.lever.actions.create({ name: 'Ada Fictional', stageId: 'Phone screen', ...input })
        .id,
    invite(testId: string, email = 'ada@example.com', more: object = {}) {
      const names = { first_name: 'Ada', last_name: 'Fictional' };
      return codesubmit('POST', '/candidates', { test_id: testId, email, ...names, ...more });
    },
    close: () => simulator.close(),
  };
}

export async function send(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<Answer> {
  const json = { ...headers, 'content-type': 'application/json' };
  const sent = body === undefined ? { headers } : { headers: json, body: JSON.stringify(body) };
  const response = await fetch(url, { method, redirect: 'manual', ...sent });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
