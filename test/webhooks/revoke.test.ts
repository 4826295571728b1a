/**
 * `revoke` deletes the webhooks created through the API in Lever, and says which it can't delete.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HomeFile } from '../rigs/home-file.js';
import type { ProgramRig } from '../rigs/program.js';
import {
  answerTo,
  EVENTS,
  eventsOf,
  setUpByApi,
  startWithoutToken,
  webhooksOf,
} from './api-webhooks.js';

const DELETE_BY_HAND = 'there too, under Webhooks: delete Candidate Stage Change to https://';

let live: ProgramRig;
beforeEach(async () => {
  live = await startWithoutToken();
  await setUpByApi(live);
});
afterEach(() => live.close());

function keptTokens(): unknown {
  const file = new HomeFile(live.home);
  const count = file.value('SELECT count(*) FROM webhooks WHERE sealed_token IS NOT NULL');
  file.close();
  return count;
}

it('deletes them', async () => {
  const daemon = await live.serve();
  const webhooks = webhooksOf(live);
  const { code, stderr } = await live.run('revoke', '--yes');
  expect(code).toBe(0);
  expect(stderr).toContain('Deleted in Lever: 3 webhooks.');
  expect(stderr).not.toContain('under Webhooks');
  expect(eventsOf(live)).toEqual([]);
  expect(keptTokens()).toBe(0);
  for (const webhook of webhooks) expect(await answerTo(daemon, webhook)).toBe(404);
});

it.each(['429', '5xx', 'drop-before', 'black-hole'] as const)(
  'says what is left to do manually when Lever can’t be reached: %s',
  async (kind) => {
    live.simulator.lever.faults.set({ kind, when: 'before' });
    const { code, stderr } = await live.run('revoke', '--yes');
    expect(code).toBe(0);
    expect(stderr).toContain('Revoked: nothing more goes out');
    expect(stderr).toContain(DELETE_BY_HAND);
    expect(keptTokens()).toBe(0);
  },
);

it('needs no secret key for it', async () => {
  delete live.environment.CODESUBMIT_LEVER_SECRET_KEY;
  const { code, stderr } = await live.run('revoke', '--yes');
  expect(code).toBe(0);
  expect(stderr).toContain(DELETE_BY_HAND);
  expect(keptTokens()).toBe(0);
});

it('and a later setup deletes what was left, and recreates them', async () => {
  live.simulator.lever.faults.set({ kind: '5xx' });
  await live.run('revoke', '--yes');
  live.simulator.lever.faults.clear();
  expect(eventsOf(live)).toEqual(EVENTS);
  expect((await setUpByApi(live)).code).toBe(0);
  expect(eventsOf(live)).toEqual(EVENTS);
  const daemon = await live.serve();
  for (const webhook of webhooksOf(live)) expect(await answerTo(daemon, webhook)).toBe(200);
});
