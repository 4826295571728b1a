/** The disk is full, or the program has a bug, when Lever has answered: the update goes on once the disk is written to again. */
import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { History, SECOND } from '../rigs/history.js';

const ADD_LINK = { method: 'POST', route: '/v1/opportunities/:id/addLinks' } as const;
const FULL = new BetterSqlite3.SqliteError('the disk is full', 'SQLITE_FULL');

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

function isLinkedOnce(id: string): void {
  expect([history.invitations(id), history.linksOf(id).length]).toEqual([['Backend linked'], 1]);
}

describe.each([
  ['the disk is full', FULL],
  ['a bug', new Error('a bug about ada@example.com')],
])('%s', (_, error) => {
  const begin = () => history.bridge.beginTrouble({ error, ms: 5 * SECOND });

  it('after a link is added: it is looked for, and not added again', async () => {
    history.afterNext('POST', /\/addLinks$/, begin);
    const id = await history.arrives();
    await history.passes(5);
    isLinkedOnce(id);
    expect(history.timelineOf(id).join()).not.toContain('ada@');
  });

  it('at some moment of a look for it: only a bug uses up an attempt', async () => {
    const retries: string[] = [];
    for (let moment = 1; moment <= 6; moment += 1) {
      history.lever.faults.set({ kind: 'drop-after', ...ADD_LINK, times: 1 });
      const id = await history.arrives();
      await history.later(115 * SECOND);
      const trouble = { error, ms: 5 * SECOND };
      await history.bridge.troubleDuring(moment, trouble, () => history.passes(1));
      await history.passes(3);
      isLinkedOnce(id);
      const failed = history.timelineOf(id).filter((line) => line.includes('could not be written'));
      expect(failed[0]).toContain('ECONNRESET');
      retries.push(...failed.slice(1));
    }
    const more = 'The link could not be written to Lever; retrying (an unexpected error)';
    expect(new Set(retries)).toEqual(new Set(error === FULL ? [] : [more]));
  });
});
