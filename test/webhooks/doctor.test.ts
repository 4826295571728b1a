/** `doctor` on webhooks created through the API: what is wrong with them, and the command that fixes it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { parseDiagnosis } from '../doctor/diagnosis.js';
import type { ProgramRig } from '../rigs/program.js';
import { ageWebhooks, setUpByApi, startWithoutToken, webhooksOf } from './api-webhooks.js';

let live: ProgramRig;
beforeEach(async () => {
  live = await startWithoutToken();
  await setUpByApi(live);
});
afterEach(() => live.close());

async function check() {
  const { checks } = parseDiagnosis(await live.run('doctor', '--json'));
  return checks.find(({ id }) => id === 'webhooks_by_api');
}

/** Runs the named command, and checks again. */
async function expectFixed(fix: string | null | undefined): Promise<void> {
  const [, command = ''] = /[Rr]un: codesubmit-lever (.+)$/.exec(fix ?? '') ?? [];
  await live.run(...command.split(' '));
  expect(await check()).toMatchObject({ status: 'pass' });
}

it('passes when Lever has one for each event', async () => {
  expect(await check()).toMatchObject({
    status: 'pass',
    summary: 'Lever has one webhook per event at this address',
  });
  await live.run('setup', '--no-input', '--webhook', 'none');
  expect(await check()).toMatchObject({
    status: 'pass',
    summary: 'No webhooks created through the API',
  });
});

it('names one that Lever no longer has', async () => {
  ageWebhooks(live);
  live.simulator.lever.webhooks.remove(webhooksOf(live)[1]!.id);
  const found = await check();
  expect(found).toMatchObject({
    status: 'fail',
    summary: 'Lever has no webhook for Candidate Archive Change',
  });
  await expectFixed(found?.fix);
});

it('names one at another address than ours', async () => {
  webhooksOf(live)[0]!.url = 'https://elsewhere.example.com';
  const found = await check();
  expect(found?.summary).toBe('Lever has no webhook for Candidate Stage Change');
  await expectFixed(found?.fix);
});

it('names a second one', async () => {
  const { url } = webhooksOf(live)[0]!;
  live.simulator.lever.webhooks.add({ url, event: 'candidateStageChange' }, 'api');
  const found = await check();
  expect(found).toMatchObject({ status: 'warn', summary: expect.stringContaining('second') });
  await expectFixed(found?.fix);
  expect(webhooksOf(live)).toHaveLength(3);
});

it('names the missing permission', async () => {
  const rights = rightsWithout('webhooks:read', 'webhooks:write');
  live.environment.LEVER_API_KEY = live.simulator.lever.access.addKey({ rights }).credential;
  expect(await check()).toMatchObject({
    status: 'warn',
    summary: expect.stringContaining('permission to list webhooks'),
  });
});
