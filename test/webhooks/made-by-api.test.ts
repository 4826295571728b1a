/**
 * Webhooks created through Lever's API: one per event, whatever Lever answers, with tokens that no
 * one sees.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { eventually } from '../rigs/eventually.js';
import { WEBHOOK_ID, type ProgramRig } from '../rigs/program.js';
import {
  ADDRESS,
  ageWebhooks,
  answerTo,
  EVENTS,
  eventsOf,
  setUpByApi,
  startWithoutToken,
  webhooksOf,
  webhookWrites,
} from './api-webhooks.js';

let live: ProgramRig;
beforeEach(async () => {
  live = await startWithoutToken();
});
afterEach(() => live.close());

/** The daemon accepts what Lever signs with them. */
async function expectTokensKept(): Promise<void> {
  const kept = await live.withApp((app) => app.webhooks.listTokens(Date.now()));
  expect(kept).toEqual(
    expect.arrayContaining(webhooksOf(live).map(({ signatureToken }) => signatureToken)),
  );
}

it('creates one per event and shows no token', async () => {
  const ended = await setUpByApi(live);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(eventsOf(live)).toEqual(EVENTS);
  for (const { url, signatureToken } of webhooksOf(live)) {
    expect(url).toBe(`${ADDRESS}/webhooks/lever/${WEBHOOK_ID}`);
    expect(ended.stdout).not.toContain(signatureToken);
    const file = readFileSync(join(live.home, 'codesubmit-lever.db'));
    expect(file.includes(signatureToken)).toBe(false);
  }
  expect(ended.stdout).toContain('ask a Super Admin to turn on Candidate Stage Change');
  const daemon = await live.serve();
  for (const webhook of webhooksOf(live)) expect(await answerTo(daemon, webhook)).toBe(200);
  expect((await live.status()).integration.webhook.verifiedAt).not.toBeNull();
  const again = await live.run('setup', '--no-input');
  expect(again.stdout).not.toContain('Super Admin');
});

it('changes nothing in Lever when everything exists', async () => {
  await setUpByApi(live);
  live.simulator.lever.requests.clear();
  expect((await setUpByApi(live)).code).toBe(0);
  expect((await live.run('setup', '--no-input')).code).toBe(0);
  expect(webhookWrites(live)).toEqual([]);
});

it('receives a move from Lever once the event groups are on', async () => {
  await setUpByApi(live, '--rule', 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API');
  const daemon = await live.serve();
  const { lever } = live.simulator;
  for (const webhook of webhooksOf(live)) {
    webhook.url = `${daemon.url}/webhooks/lever/${WEBHOOK_ID}`;
    lever.webhooks.setGroup(webhook.event, true);
  }
  const id = live.candidate('Ada Fictional');
  live.move(id);
  const linked = await eventually('the link is in Lever', async () =>
    (await live.status()).invitations.find((one) => one.state === 'linked'),
  );
  expect(linked.opportunityId).toBe(id);
  lever.actions.archive(id, 'Withdrew');
  await eventually('both deliveries are acknowledged', () => {
    const states = [...lever.webhooks.deliveries.values()].map(({ state }) => state);
    return states.filter((state) => state === 'delivered').length === 2 || undefined;
  });
  lever.actions.remove(id);
  await eventually('a candidate deleted in Lever is erased here', async () => {
    const [invitation] = (await live.status()).invitations;
    return invitation?.candidate === null || undefined;
  });
});

it.each(['drop-after', 'cut', '5xx', 'html', 'empty', 'garbage', 'truncated'] as const)(
  'finds what Lever created when its answer is unusable: %s',
  async (kind) => {
    const { faults } = live.simulator.lever;
    const struck = {
      route: '/v1/webhooks',
      method: 'POST',
      kind,
      when: 'after',
      times: 1,
    } as const;
    faults.set(kind === '5xx' || kind === 'html' ? struck : { ...struck, when: undefined });
    expect((await setUpByApi(live)).code).toBe(0);
    expect(eventsOf(live)).toEqual(EVENTS);
    expect(webhookWrites(live)).toContain('DELETE /v1/webhooks/:id');
    await expectTokensKept();
  },
);

it.each([
  ['webhookReplyWrappers', 2],
  ['webhookListLagMs', 60_000],
  ['webhookList', 'api-only'],
] as const)('%s may be %s', async (name, value) => {
  Object.assign(live.simulator.lever.switches, { [name]: value });
  expect((await setUpByApi(live)).code).toBe(0);
  expect((await setUpByApi(live)).code).toBe(0);
  expect(eventsOf(live)).toEqual(EVENTS);
  await expectTokensKept();
});

it('recreates it when someone deleted it in Lever', async () => {
  await setUpByApi(live);
  const [gone] = webhooksOf(live);
  live.simulator.lever.webhooks.remove(gone!.id);
  ageWebhooks(live);
  expect((await live.run('setup', '--no-input')).stdout).toMatch(
    /✓ webhooks created through the API: \S/,
  );
  expect(eventsOf(live)).toEqual(EVENTS);
  await expectTokensKept();
});

it.each(['webhooks:read', 'webhooks:write'] as const)(
  'is refused by name to a key without %s, and the rest works',
  async (right) => {
    const missing =
      right === 'webhooks:read' ? (['webhooks:read', 'webhooks:write'] as const) : [right];
    const { credential } = live.simulator.lever.access.addKey({
      rights: rightsWithout(...missing),
    });
    live.environment.LEVER_API_KEY = credential;
    const rule = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';
    const { code, stdout } = await setUpByApi(live, '--rule', rule);
    expect(code).toBe(0);
    expect(stdout).toContain('the Lever API key lacks the right to list, add and delete webhooks');
    expect(eventsOf(live)).toEqual([]);
    const id = live.candidate('Ada Fictional', 'Take-home');
    await live.serve();
    await eventually('the sweep replaces the webhook', async () =>
      (await live.status()).invitations.find((one) => one.opportunityId === id),
    );
  },
);

it('says what is left when Lever can’t be reached, and continues from there', async () => {
  const { faults } = live.simulator.lever;
  faults.set({ route: '/v1/webhooks', method: 'POST', kind: '429', skip: 1 });
  const ended = await setUpByApi(live);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('everything else is stored');
  expect(ended.stderr).toContain('Run the same command again');
  faults.clear();
  expect((await setUpByApi(live)).code).toBe(0);
  expect(eventsOf(live)).toEqual(EVENTS);
  await expectTokensKept();
});

it.each([403, 404] as const)(
  'leaves webhooks created on Lever’s page alone, and says so (%s)',
  async (refusal) => {
    const { lever } = live.simulator;
    lever.switches.pageWebhookRefusal = refusal;
    const url = `${ADDRESS}/webhooks/lever/${WEBHOOK_ID}`;
    const { id } = lever.webhooks.add({ url, event: 'candidateStageChange' }, 'page');
    const { code, stdout } = await setUpByApi(live);
    expect(code).toBe(0);
    expect(stdout).toContain('delete Lever’s webhook for Candidate Stage Change with this URL');
    expect(lever.webhooks.get(id).madeBy).toBe('page');
    lever.webhooks.remove(id);
    expect((await setUpByApi(live)).stdout).not.toContain('with this URL');
    expect(eventsOf(live)).toEqual(EVENTS);
  },
);

it.each([[['--webhook', 'paste']], [['--webhook', 'none']], [['--public-url', 'none']]])(
  'deletes them when they are no longer needed: %s',
  async (flags) => {
    await setUpByApi(live);
    expect((await live.run('setup', '--no-input', ...flags)).stdout).toContain('deleted: 3');
    expect(eventsOf(live)).toEqual([]);
  },
);

it.each([
  [['--webhook', 'api', '--public-url', 'none'], 'Webhooks need a public address'],
  [['--renew-webhook'], 'no webhooks created through the API to renew'],
])('refuses the impossible: %s', async (flags, why) => {
  const ended = await live.run('setup', '--no-input', ...flags);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(why);
});
