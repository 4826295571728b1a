/** The integration's state as `status` shows it, and which of several wins. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { History, MINUTE } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});
afterEach(() => history.close());

const state = () => history.bridge.status().integration.state;
const since = (code: string) => history.problem(code)?.since;

it('a rejected key wins over a pause, and a revoke over both', async () => {
  expect(state()).toBe('active');
  await history.bridge.pause();
  expect(state()).toBe('paused');
  history.lever.access.revoke(seedLeverApiKey);
  await history.passes(6);
  expect(state()).toBe('needs_reauth');
  history.lever.access.addKey({ key: seedLeverApiKey });
  await history.passes(6);
  expect(state()).toBe('paused');
  await history.bridge.command((app) => revoke(app));
  expect(state()).toBe('revoked');
});

it('pausing or rejecting again keeps the first moment, and is news once', async () => {
  await history.bridge.pause();
  const paused = since('paused');
  await history.later(MINUTE);
  await history.bridge.pause();
  expect(since('paused')).toBe(paused);
  await history.bridge.resume();
  history.lever.access.revoke(seedLeverApiKey);
  await history.passes(6);
  const rejected = since('needs_reauth');
  await history.passes(12);
  expect(since('needs_reauth')).toBe(rejected);
  expect(history.log.filter((line) => line.startsWith('account rejected'))).toHaveLength(1);
});
