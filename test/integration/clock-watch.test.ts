/** After a jump of the machine's calendar nothing waits longer than it would have. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, History, HOUR, RULE, SECOND } from '../rigs/history.js';
import { failReading, loseRequest, POST } from '../invitations/codesubmit-trouble.js';

const JUMPS = [-HOUR, 30 * DAY];

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

async function jump(ms: number): Promise<void> {
  history.bridge.clock.leadMs += ms;
  await history.later(SECOND);
}

/** What waits ten minutes. */
const WAITS: [what: string, begin: () => unknown][] = [
  [
    'a challenge',
    () => history.codesubmit.faults.set({ kind: '429', retryAfter: 600, ...POST, times: 1 }),
  ],
  ['a reading of the list', () => failReading(history, { kind: '429', retryAfter: 600, times: 1 })],
  [
    'an update to Lever',
    () =>
      history.lever.faults.set({
        ...{ kind: '429', retryAfter: 600, times: 1 },
        ...{ method: 'POST', route: '/v1/opportunities/:id/addLinks' },
      }),
  ],
];

describe.each(JUMPS)('by %i ms', (ms) => {
  it.each(WAITS)('%s waits no longer', async (_what, begin) => {
    begin();
    await history.arrives();
    await jump(ms);
    await history.passes(11);
    expect(history.counts()).toEqual({ linked: 1 });
  });

  it('the link of a person’s other contact waits no longer', async () => {
    const emails = ['ada@example.com'];
    await history.arrives({ emails });
    await jump(ms);
    const other = await history.arrives({ emails });
    await history.passes(3);
    expect(history.linksOf(other)).toHaveLength(1);
  });

  it('a delay waits no longer and no shorter', async () => {
    await history.addRule(`${RULE};delay=10`);
    const id = await history.arrives();
    await jump(ms);
    await history.passes(9);
    expect(history.held()).toEqual({ [id]: 'delayed' });
    await history.passes(2);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('an unknown outcome is sent again once, fifteen settling times later', async () => {
    await history.arrives();
    await history.passes(2);
    loseRequest(history);
    const id = await history.arrives();
    await jump(ms);
    await history.passes(14);
    expect(history.invitations(id)).toEqual(['Backend uncertain unknown_outcome']);
    await history.passes(4);
    expect(history.invitations(id)).toEqual(['Backend linked']);
    expect(history.sent()).toHaveLength(2);
  });

  it('who left the stage meanwhile is missed by the next check of the stages', async () => {
    const id = await history.arrives({ tags: ['codesubmit:backnd'] });
    expect(history.held()).toEqual({ [id]: 'near_tag' });
    await jump(ms);
    history.lever.actions.move(id, 'Phone screen');
    await history.bridge.sweep();
    expect(history.held()).toEqual({});
  });
});

it('what waits too long counts on after a jump, not by it', async () => {
  history.codesubmit.faults.set({ kind: '429', ...POST });
  await history.arrives();
  await history.passes(5);
  await jump(DAY);
  await history.passes(5);
  expect(history.problems()).not.toContain('queued_too_long');
  await history.passes(16);
  expect(history.problems()).toContain('queued_too_long');
});
