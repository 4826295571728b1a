/** Rows of CodeSubmit's list for pairs that we had sent: another sender, or a duplicate of ours, is named; ours never is. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, History, MINUTE, RULE, SECOND } from '../rigs/history.js';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { loseAnswer, loseRequest, POST } from './codesubmit-trouble.js';

const ADA = { emails: ['ada@example.com'] };

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const whatOf = (code: string) => history.problem(code)?.what;
const sentTo = (email: string) =>
  history.codesubmit.invitations.filter((one) => one.email === email);

/** Ours, and an hour later another one, by which the list was read whole. */
async function again(email = 'ada@example.com', challenge = 'Backend', early = 0): Promise<void> {
  await history.arrives(ADA);
  await history.passes(5);
  history.inviteByHand(email, challenge);
  history.codesubmit.invitations.at(-1)!.createdAt -= early;
  await history.passes(60);
}

describe('a challenge that was sent again after ours', () => {
  it('is a problem, until a week has passed without another', async () => {
    await again();
    expect(whatOf('second_sender')).toBe(
      'Another program sent one challenge that we had already sent',
    );
    await history.later(8 * DAY);
    expect(history.problems()).not.toContain('second_sender');
  });

  it('may be ours under another id, while the list shows none of ours', async () => {
    await history.arrives(ADA);
    history.codesubmit.invitations[0]!.id = 'another id';
    await history.passes(60);
    expect(whatOf('second_sender')).toMatch(/, or CodeSubmit’s list shows ours under/);
  });

  it.each([
    ['it is another challenge', 'ada@example.com', 'Frontend', 0],
    ['it is someone else’s', 'grace@example.com', 'Backend', 0],
    ['it was made before ours', 'ada@example.com', 'Backend', 10 * MINUTE],
  ])('is none when %s', async (_what, email, challenge, early) => {
    await again(email, challenge, early);
    expect(history.problems()).toEqual([]);
  });

  it('is none when ours was adopted', async () => {
    history.inviteByHand('ada@example.com');
    await again();
    expect(history.problems()).toEqual([]);
  });

  it('is none when it was there when we first looked, as after a restore', async () => {
    await history.arrives(ADA);
    await history.passes(5);
    await history.bridge.backUp();
    history.inviteByHand('ada@example.com');
    await history.bridge.restore();
    await history.bridge.resume();
    await history.passes(60);
    expect(history.problems()).toEqual([]);
  });
});

it('many of pairs that we had not sent are no problem', async () => {
  await history.arrives(ADA);
  for (let row = 0; row < 30; row += 1) {
    history.inviteByHand(
      `person-${String(row)}@example.com`,
      row % 2 === 0 ? 'Backend' : 'Frontend',
    );
  }
  await history.passes(60);
  expect(history.problems()).toEqual([]);
});

it('after `backup`, work, `restore` and `resume` our own challenges are no problem', async () => {
  await history.arrives();
  await history.bridge.backUp();
  const emails = ['first@example.com', 'second@example.com'];
  for (const email of emails) await history.arrives({ emails: [email] });
  await history.passes(10);
  await history.bridge.restore();
  await history.passes(10);
  await history.bridge.resume();
  await history.passes(30);
  expect(history.problems()).toEqual([]);
  expect(emails.map((email) => sentTo(email).length)).toEqual([1, 1]);
});

it('what is worked on after it was sent again is a problem with both links, which leave this machine in no alarm', async () => {
  await history.arrives();
  await history.passes(60);
  loseRequest(history);
  const id = await history.arrives(ADA);
  const lostAt = history.bridge.clock.now();
  await history.passes(18);
  expect(history.invitations(id)).toEqual(['Backend linked']);
  history.inviteByHand('ada@example.com');
  history.codesubmit.invitations.at(-1)!.createdAt = lostAt + SECOND;
  await history.passes(60);
  const problem = history.problem('sent_twice');
  expect(problem).toMatchObject({ level: 'fail', what: expect.not.stringContaining('http') });
  expect(problem?.links).toHaveLength(2);
  expect(problem?.links).toContain(history.linksOf(id)[0]);
  expect(history.problems()).toEqual(['sent_twice']);
});

it('what was sent again to a corrected address is a problem, once the first one is listed', async () => {
  await history.arrives();
  await history.passes(30);
  history.codesubmit.switches.listLagMs = 22 * MINUTE;
  loseAnswer(history);
  const id = await history.arrives(ADA);
  await history.passes(3);
  history.lever.contacts.setEmails(id, ['ada@corrected.example']);
  await history.passes(120);
  expect(history.sent().slice(1)).toEqual([
    'ada@example.com Backend',
    'ada@corrected.example Backend',
  ]);
  expect(history.problems()).toEqual(['sent_twice']);
  expect(history.problem('sent_twice')?.links).toHaveLength(2);
});

it('what CodeSubmit made though it answered 503, and listed too late, is such a problem too', async () => {
  await history.arrives();
  await history.passes(60);
  history.codesubmit.switches.listLagMs = 22 * MINUTE;
  history.codesubmit.faults.set({ kind: '5xx', status: 503, when: 'after', ...POST, times: 1 });
  const id = await history.arrives(ADA);
  await history.passes(60);
  expect(history.invitations(id)).toEqual(['Backend linked']);
  expect([sentTo('ada@example.com').length, history.problems()]).toEqual([2, ['sent_twice']]);
});

describe('two data directories on the same accounts', () => {
  let other: SimulatedBridge;
  beforeEach(async () => {
    other = history.bridge.beside();
    await other.setUp([RULE], 'off');
  });

  it.each([1, 50])('a move seen 20 s apart is sent once, with %i rows a page', async (pageSize) => {
    history.codesubmit.switches.pageSize = pageSize;
    for (let count = 0; count < 3; count += 1) {
      await history.arrives();
      await history.later(SECOND);
    }
    // The other one now has a copy of the list, which lacks the next challenge.
    await other.arrive('di@example.com');
    await history.later(SECOND);
    const id = await history.arrives(ADA);
    history.bridge.clock.advance(20 * SECOND);
    const { stageId: toStageId } = history.lever.opportunities.get(id);
    await other.deliver(other.signed({ opportunityId: id, toStageId }));
    expect(sentTo('ada@example.com')).toHaveLength(1);
    const theirs = other.status().invitations.find(({ opportunityId }) => opportunityId === id);
    expect(theirs).toMatchObject({ state: 'linked', link: history.linksOf(id)[0] });
    expect(history.linksOf(id)).toHaveLength(1);
  });
});
