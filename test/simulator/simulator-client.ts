// Starts a simulator for a test and calls it over HTTP as its users would.
import { expect } from 'vitest';
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

  async function lever(method: string, path: string, body?: unknown, key = seedLeverApiKey) {
    const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    return call(method, `${simulator.leverApiUrl}${path}`, { authorization }, body);
  }
  async function codesubmit(
    method: string,
    path: string,
    body?: unknown,
    key = seedCodeSubmitApiKey,
  ) {
    const url = `${simulator.codesubmitUrl}/api/external${path}`;
    return call(method, url, { 'x-api-key': key }, body);
  }
  async function control(path: string, body?: unknown) {
    return call(body === undefined ? 'GET' : 'POST', `${simulator.controlUrl}${path}`, {}, body);
  }
  async function drive(path: string, body?: unknown) {
    const answer = await control(path, body);
    expect(answer, answer.text).toMatchObject({ status: 200 });
    return answer.json;
  }
  return {
    simulator,
    lever,
    codesubmit,
    /** Calls a control route, whatever it answers. */
    control,
    /** Calls a control route that must work, and returns what it answered. */
    drive,
    /** Sets switches of one vendor. */
    flip: (vendor: 'lever' | 'codesubmit', change: object) => drive(`/${vendor}/switches`, change),
    async addCandidate(input: object = {}) {
      const given = { name: 'Ada Fictional', stageId: 'Phone screen', ...input };
      return (await drive('/lever/candidates', given)).id as string;
    },
    async addTest(name = 'Backend API') {
      return (await drive('/codesubmit/tests', { name })).id as string;
    },
    async invite(testId: string, email = 'ada@example.com', more: object = {}) {
      const names = { first_name: 'Ada', last_name: 'Fictional' };
      return codesubmit('POST', '/candidates', { test_id: testId, email, ...names, ...more });
    },
    close: () => simulator.close(),
  };
}

async function call(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<Answer> {
  const isEmpty = body === undefined;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(isEmpty ? {} : { 'content-type': 'application/json' }) },
    ...(isEmpty ? {} : { body: JSON.stringify(body) }),
  });
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
