// What the daemon shows of itself, as Prometheus reads it, while the vendors have good and bad days.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../../src/serve/metrics.js';
import { BACKEND, History, MINUTE } from '../rigs/history.js';
import { SIGNING_TOKEN } from '../rigs/program.js';
import { Exposition } from './exposition.js';

const OURS = 'codesubmit_lever_';
const LOOK = 'GET /opportunities/:id';
const ADD_LINK = 'POST /opportunities/:id/addLinks';
const SEND = 'POST /api/external/candidates';

/** As the simulator names the calls that a fault strikes. */
function atLever(route: string): { method: string; route: string } {
  const [method = '', path = ''] = route.split(' ');
  return { method, route: `/v1${path}` };
}

let history: History;

beforeAll(async () => {
  history = await History.open({ metrics: new Metrics() });
});
afterAll(() => history.close());

async function scrape(): Promise<Exposition> {
  return new Exposition(await history.bridge.scrape());
}

/** How much a counter grows while `happen` runs. */
async function growth(
  name: string,
  labels: Record<string, string>,
  happen: () => Promise<unknown>,
) {
  const before = (await value(name, labels)) ?? 0;
  await happen();
  return ((await value(name, labels)) ?? 0) - before;
}

const value = async (name: string, labels: Record<string, string> = {}) =>
  (await scrape()).sum(OURS + name, labels);

const arrival = (tags = [BACKEND]) => history.arrives({ tags });

it('deliveries are counted', async () => {
  const labels = { outcome: 'look' };
  expect(await growth('deliveries_total', labels, () => arrival())).toBe(1);
});

describe('decisions', () => {
  it('are counted when they are new, and not when a sweep finds them again', async () => {
    const labels = { decision: 'invite', reason: 'invite' };
    expect(await growth('decisions_total', labels, () => arrival())).toBe(1);
    await history.checks();
    expect(await growth('decisions_total', {}, () => history.checks())).toBe(0);
  });

  it('that hold a candidate are counted', async () => {
    const labels = { decision: 'hold', reason: 'near_tag' };
    const near = () => arrival(['codesubmit:backnd']);
    expect(await growth('decisions_total', labels, near)).toBe(1);
  });
});

describe('calls to a vendor', () => {
  it('are counted and timed by route template and outcome', async () => {
    const count = 'vendor_call_duration_seconds_count';
    for (const [vendor, route] of [
      ['lever', LOOK],
      ['lever', ADD_LINK],
      ['codesubmit', SEND],
    ] as const) {
      const labels = { vendor, route, outcome: 'ok' };
      expect(await growth(count, labels, () => arrival())).toBe(1);
    }
  });

  it('that are limited show as such', async () => {
    history.lever.faults.set({ kind: '429', ...atLever(LOOK), retryAfter: 5, times: 1 });
    const labels = { vendor: 'lever', route: LOOK, outcome: 'rate_limited' };
    const limited = () => arrival();
    expect(await growth('vendor_call_duration_seconds_count', labels, limited)).toBe(1);
    await history.later(MINUTE);
  });

  it('whose outcome nobody knows leave an uncertain invitation and a problem', async () => {
    const linked = (await value('invitations', { state: 'linked' })) ?? 0;
    history.codesubmit.faults.set({
      kind: '5xx',
      method: 'POST',
      when: 'after',
      times: 1,
    });
    const labels = { vendor: 'codesubmit', route: SEND, outcome: 'unknown_outcome' };
    const unknown = () => arrival();
    expect(await growth('vendor_call_duration_seconds_count', labels, unknown)).toBe(1);
    const problem = { code: 'uncertain', level: 'warn', vendor: 'codesubmit' };
    expect(await value('invitations', { state: 'uncertain' })).toBe(1);
    expect(await value('problems', problem)).toBe(1);
    await history.later(2 * MINUTE);
    expect(await value('invitations', { state: 'linked' })).toBe(linked + 1);
    expect(await value('problems', problem)).toBeUndefined();
  });
});

it('a pending update to Lever shows by kind, with the age of the oldest, until it is there', async () => {
  const { faults } = history.lever;
  faults.set({ kind: '5xx', ...atLever(ADD_LINK) });
  await arrival();
  await arrival();
  expect(await value('writebacks_owed', { kind: 'link' })).toBe(2);
  history.bridge.clock.advance(10 * MINUTE);
  const age = (await value('oldest_writeback_owed_seconds', { kind: 'link' })) ?? 0;
  expect(age).toBeGreaterThanOrEqual(600);
  faults.clear();
  history.bridge.clock.advance(60 * MINUTE);
  await history.checks();
  expect(await value('writebacks_owed', { kind: 'link' })).toBe(0);
  expect(await value('oldest_writeback_owed_seconds', { kind: 'link' })).toBe(0);
});

describe('the integration', () => {
  it('is ready and active, and tells when it swept', async () => {
    const before = (await value('last_sweep_timestamp_seconds')) ?? 0;
    await history.checks();
    expect(await value('ready')).toBe(1);
    expect(await value('integration_state', { state: 'active' })).toBe(1);
    expect(await value('last_sweep_timestamp_seconds')).toBeGreaterThanOrEqual(before + 120);
  });

  it('is not ready while an account is refused, which is a problem of level fail', async () => {
    const { faults } = history.codesubmit;
    faults.set({ kind: '5xx', status: 401, route: '*' });
    await arrival();
    expect(await value('ready')).toBe(0);
    expect(await value('integration_state', { state: 'needs_reauth' })).toBe(1);
    expect(await value('integration_state', { state: 'active' })).toBe(0);
    const problem = { code: 'needs_reauth', level: 'fail', vendor: 'codesubmit' };
    expect(await value('problems', problem)).toBe(1);
    faults.clear();
  });

  it('shows how things stand after a restart too', async () => {
    const linked = (await value('invitations', { state: 'linked' })) ?? 0;
    await history.bridge.restart();
    // CodeSubmit accepts the key again, so the candidate who waited is invited too.
    await history.passes(6);
    expect(await value('invitations', { state: 'linked' })).toBe(linked + 1);
  });
});

const page = readFileSync('docs/metrics.md', 'utf8');
const rows = [...page.matchAll(/^\| `(codesubmit_lever_\w+)`\s*\|([^|]*)\|/gm)];

it('the page names every metric with its labels, and none that there isn’t', async () => {
  const shown = await scrape();
  const exposed = [...shown.families.keys()].filter((name) => name.startsWith(OURS));
  const documented = rows.map(([, name = '', labels = '']) => [name, namesIn(labels)]);
  expect(documented.map(([name]) => name).sort()).toEqual(exposed.sort());
  for (const [name, labels] of documented) {
    const there = shown.labelsOf(name as string);
    if (there.length > 0) expect([name, labels]).toEqual([name, there.sort()]);
  }
});

/** Metrics that the text names and the daemon doesn't show. */
function namesMissing(text: string, { families }: Exposition): string[] {
  const names = [...text.matchAll(/\b(?:codesubmit_lever|nodejs|process)_\w+/g)].map(
    ([name]) => name,
  );
  return names.filter((name) => {
    return !families.has(name) && !families.has(name.replace(/_(?:bucket|sum|count)$/, ''));
  });
}

it('the alert rules ask for metrics that there are', async () => {
  const rules = readFileSync('deploy/prometheus/codesubmit-lever.rules.yml', 'utf8');
  expect(namesMissing(rules, await scrape())).toEqual([]);
});

describe('the Grafana dashboard', () => {
  const text = readFileSync('deploy/grafana/codesubmit-lever.json', 'utf8');
  /** Seldom looked at, or shown by the count of problems. */
  const LEFT_OUT = /_(?:integration_state|writebacks_owed|access_token\w*)$/;

  it('asks for metrics that there are, and for all that an operator watches', async () => {
    const shown = await scrape();
    expect(namesMissing(text, shown)).toEqual([]);
    const exposed = [...shown.families.keys()].filter((name) => name.startsWith(OURS));
    const missing = exposed.filter((name) => !text.includes(name) && !LEFT_OUT.test(name));
    expect(missing).toEqual([]);
  });
});

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).sort();
}

it('what is shown holds nobody’s name, address, id or link, and no secret', async () => {
  const { text, samples } = await scrape();
  const ids = [...history.lever.opportunities.all.keys()];
  expect(ids.length).toBeGreaterThan(5);
  const secrets = ['Ada', 'Fictional', '@', 'example.com', 'http', '/c/', SIGNING_TOKEN];
  for (const word of [...secrets, ...ids]) expect(text).not.toContain(word);
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
  expect(samples.length).toBeLessThan(600);
});
