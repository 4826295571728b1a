/** The process is stopped for days in the middle of reading CodeSubmit's list: how long that took says nothing of the list. */
import { expect, it } from 'vitest';
import { DAY, History, MINUTE } from '../rigs/history.js';

it('the list is read again before the next challenge, however long the last reading seems to have taken', async () => {
  const history = await History.begin({ codesubmit: { listOrder: 'random' } });
  const { bridge, codesubmit } = history;
  for (const email of ['a@example.com', 'b@example.com']) history.inviteByHand(email, 'General');
  const list = { method: 'GET', route: '/api/external/candidates', times: 1 } as const;
  codesubmit.faults.set({ kind: 'delay', when: 'after', delayMs: 5_000, ...list });
  bridge.haste = 1_000;
  await history.arrives();
  bridge.clock.advance(8 * DAY);
  bridge.haste = null;
  await bridge.settle();
  await history.later(30 * MINUTE);
  history.inviteByHand('ada@example.com');
  await history.later(5 * MINUTE);
  await history.arrives({ emails: ['ada@example.com'] });
  expect(history.sent()).not.toContain('ada@example.com Backend');
});
