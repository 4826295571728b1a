/** The integration's state as `status` shows it, and which of several wins. */
import { beforeEach, expect, it } from 'vitest';
import { pause, resume, revoke } from '../../src/admin/actions/admin-actions.js';
import '../../src/admin/preview.js';
import { resumeAfterAsking } from '../../src/cli/commands/controls.js';
import type { Io } from '../../src/cli/terminal/io.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { History, MINUTE, TAKE_HOME } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

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
  await history.bridge.command(revoke);
  expect(state()).toBe('revoked');
});

it.each([
  ['one candidate', /\/opportunities\//],
  ['a stage', /\/opportunities$/],
])('a read of %s that was under way when revoked decides nothing', async (_what, path) => {
  history.codesubmitStalls();
  const id = history.creates({ stageId: TAKE_HOME });
  const revoked: Promise<void>[] = [];
  history.afterNext('GET', path, () => revoked.push(history.bridge.alone(revoke)));
  if (path.test('/opportunities')) await history.bridge.sweep();
  else await history.moves(id);
  await Promise.all(revoked);
  await history.passes(10);
  expect([revoked.length, state()]).toEqual([1, 'revoked']);
  expect([history.invitations(), history.counts()]).toEqual([[], {}]);
  expect(history.decisionOn(id)).toBeUndefined();
});

it('a page of CodeSubmit’s list that was under way when revoked is not stored', async () => {
  const { bridge } = history;
  history.inviteByHand('grace@example.com');
  await history.arrives();
  const revoked: Promise<void>[] = [];
  history.afterNext('GET', /\/candidates$/, () => revoked.push(bridge.alone(revoke)));
  await history.passes(10);
  await Promise.all(revoked);
  const rows = await bridge.alone(({ list }) => Promise.resolve(list.countStored()));
  expect([revoked.length, state(), rows]).toEqual([1, 'revoked', 0]);
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

it('an admin’s pause of a restored copy outlasts a further restore', async () => {
  await history.bridge.backUp();
  await history.bridge.restore();
  await history.bridge.pause();
  await history.bridge.backUp();
  await history.bridge.restore();
  await history.bridge.command((app) => resume(app, { isEarlierPauseKept: true }));
  expect(state()).toBe('paused');
});

it('an admin’s pause while `restore --resume` asks outlasts it', async () => {
  await history.bridge.backUp();
  await history.bridge.restore();
  await history.arrives();
  await history.arrives();
  await history.bridge.command(async (app) => {
    const confirm = async () => {
      await pause(app);
      return true;
    };
    const io = { confirm, say: () => undefined, progress: () => undefined } as unknown as Io;
    await resumeAfterAsking(io, app, { isEarlierPauseKept: true });
  });
  expect(state()).toBe('paused');
});

it('a key to which Lever answers 403 everywhere is rejected once, and recovers', async () => {
  const { faults } = history.lever;
  faults.set({ kind: '5xx', status: 403 });
  const id = await history.arrives();
  const at = since('needs_reauth');
  await history.passes(12);
  expect([state(), since('needs_reauth')]).toEqual(['needs_reauth', at]);
  expect(history.log.filter((line) => line.startsWith('account '))).toHaveLength(1);
  faults.clear();
  await history.passes(6);
  expect([state(), history.invitations(id)]).toEqual(['active', ['Backend linked']]);
});

it('one 401 to an update for a candidate who is gone by the next try stops no one for long', async () => {
  const { faults } = history.lever;
  faults.set({ kind: '5xx', status: 401, method: 'POST', times: 1 });
  await history.deletes(await history.arrives());
  expect(state()).toBe('needs_reauth');
  const next = await history.arrives();
  await history.passes(8);
  expect([state(), history.invitations(next)]).toEqual(['active', ['Backend linked']]);
});

it('Lever is asked every five minutes whether it still answers each write with 401', async () => {
  const { faults, requests } = history.lever;
  faults.set({ kind: '5xx', status: 401, method: 'POST' });
  await history.deletes(await history.arrives());
  const tried = () => requests.count('POST', '/v1/opportunities/:id/addLinks');
  expect(tried()).toBe(1);
  await history.passes(61);
  expect([state(), tried()]).toEqual(['needs_reauth', 1 + 12]);
  expect(history.log.filter((line) => line.startsWith('work not settled'))).toEqual([]);
});
