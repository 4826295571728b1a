/**
 * Recreated webhooks: the old signing token stays valid for two weeks beside the new one, and then
 * expires.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Webhook } from '../../src/simulator/lever/webhook-records.js';
import { HomeFile } from '../rigs/home-file.js';
import { type ProgramRig, type RunningDaemon } from '../rigs/program.js';
import {
  answerTo,
  EVENTS,
  eventsOf,
  setUpByApi,
  startWithoutToken,
  webhooksOf,
} from './api-webhooks.js';

const TWO_WEEKS_MS = 14 * 86_400_000;

let live: ProgramRig;
let daemon: RunningDaemon;
let old: Webhook[];

beforeEach(async () => {
  live = await startWithoutToken();
  await setUpByApi(live);
  daemon = await live.serve();
  old = webhooksOf(live);
});
afterEach(() => live.close());

async function expectAnswers(webhooks: Webhook[], status: number): Promise<void> {
  for (const webhook of webhooks) expect(await answerTo(daemon, webhook)).toBe(status);
}

function changeHome(sql: string): void {
  const file = new HomeFile(live.home);
  file.exec(sql);
  file.close();
}

it.each([
  ['the public address changes', ['--public-url', 'https://other.example.com/path']],
  ['they are renewed', ['--renew-webhook']],
])('when %s', async (_why, flags) => {
  expect((await live.run('setup', '--no-input', ...flags)).code).toBe(0);
  const now = webhooksOf(live);
  expect(eventsOf(live)).toEqual(EVENTS);
  expect(now.map(({ id }) => id)).not.toEqual(expect.arrayContaining([old[0]?.id]));
  await expectAnswers([...old, ...now], 200);

  changeHome(`UPDATE webhooks SET token_good_until = token_good_until - ${TWO_WEEKS_MS};
    UPDATE integration SET version = version + 1`);
  await expectAnswers(old, 401);
  await expectAnswers(now, 200);
  await live.run('setup', '--no-input');
  const file = new HomeFile(live.home);
  expect(file.value('SELECT count(*) FROM webhooks WHERE sealed_token IS NOT NULL')).toBe(3);
  file.close();
});

it('is unverified at a new address, and stays verified when only the token changes', async () => {
  await expectAnswers(old, 200);
  await live.run('setup', '--no-input', '--renew-webhook');
  expect((await live.status()).integration.webhook.verifiedAt).not.toBeNull();
  await live.run('setup', '--no-input', '--public-url', 'https://other.example.com');
  expect((await live.status()).integration.webhook.verifiedAt).toBeNull();
});
