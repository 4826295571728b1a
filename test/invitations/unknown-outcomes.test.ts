/** What nobody knows whether CodeSubmit got it: it is looked up in the list, and what isn't proved isn't sent again. */
import { beforeEach, describe, expect, it } from 'vitest';
import { planSend, queueSend } from '../../src/admin/actions/send.js';
import type { CodeSubmitSwitches } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { DAY, History, MINUTE, RULE, SECOND } from '../rigs/history.js';
import {
  failReading,
  lastLookup,
  loseAnswer,
  loseRequest,
  POST,
  posts,
} from './codesubmit-trouble.js';

const ADA = { emails: ['ada@example.com'] };
const GRACE = { emails: ['grace@example.com'] };
/** Two readings fifteen settling times apart prove an absence. */
const UNTIL_ABSENT = 18;
const UNCERTAIN = 'Backend uncertain unknown_outcome';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const switches = () => history.codesubmit.switches;
const sentTo = ({ emails: [email] }: { emails: string[] }) =>
  history.sent().filter((one) => one.startsWith(`${String(email)} `)).length;

/** CodeSubmit has accepted Grace's: a list that proves anything shows it. */
async function withWitness(): Promise<void> {
  await history.arrives(GRACE);
  await history.passes(2);
}

async function lost(lose: (history: History) => unknown, person = ADA): Promise<string> {
  lose(history);
  const id = await history.arrives(person);
  expect(history.invitations(id)).toEqual([UNCERTAIN]);
  return id;
}

describe('an absence', () => {
  it('is proved by two readings fifteen settling times apart, however often it is asked for', async () => {
    await withWitness();
    const id = await lost(loseRequest);
    await history.later(50 * SECOND);
    expect(lastLookup(history)).toBeUndefined();
    await history.passes(13);
    await history.bridge.pause();
    await history.bridge.resume();
    await history.bridge.restart();
    expect([history.invitations(id), lastLookup(history)]).toEqual([[UNCERTAIN], 'absent_once']);
    await history.passes(4);
    expect([history.invitations(id), posts(history)]).toEqual([['Backend linked'], 3]);
  });

  it('sends nothing again once the integration was revoked', async () => {
    await withWitness();
    const id = await history.arrives({ ...ADA, tags: [] });
    loseRequest(history);
    await history.send(id, 'Frontend');
    expect(history.invitations(id)).toEqual(['Frontend uncertain unknown_outcome']);
    await history.bridge.revoke();
    await history.bridge.setUpAgain([RULE]);
    await history.passes(2 * UNTIL_ABSENT);
    expect([history.invitations(id), posts(history)]).toEqual([['Frontend cancelled revoked'], 2]);
  });

  it('that an admin settled counts nothing of a later sending', async () => {
    await withWitness();
    const id = await lost(loseRequest);
    await history.passes(13);
    expect(lastLookup(history)).toBe('absent_once');
    loseRequest(history);
    await history.settleNotSent(2);
    await history.passes(2);
    expect([history.invitations(id), posts(history)]).toEqual([[UNCERTAIN], 3]);
    await history.passes(10);
    expect([history.invitations(id), posts(history)]).toEqual([[UNCERTAIN], 3]);
  });

  it('isn’t proved by a reading in between that lacks the witness, nor undone', async () => {
    await withWitness();
    const id = await lost(loseRequest);
    await history.passes(3);
    const witness = history.codesubmit.invitations.splice(0, 1);
    await history.passes(14);
    expect([history.invitations(id), lastLookup(history)]).toEqual([[UNCERTAIN], 'list_lags']);
    history.codesubmit.invitations.push(...witness);
    await history.passes(40);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('is left to a person the third time', async () => {
    await withWitness();
    history.codesubmit.faults.set({ kind: 'drop-before', ...POST });
    const id = await history.arrives(ADA);
    await history.passes(3 * UNTIL_ABSENT);
    expect([lastLookup(history), posts(history)]).toEqual(['absent_three_times', 4]);
    expect(history.problem('uncertain')?.level).toBe('fail');
    expect(history.bridge.timeline(id).fixes.join()).toContain('settle 2 --sent');
    await history.passes(60);
    expect(posts(history)).toBe(4);
  });

  it('after a 503 doesn’t undo those that count', async () => {
    await withWitness();
    for (const status of [502, 502, 503, 502])
      history.codesubmit.faults.set({ kind: '5xx', status, when: 'before', ...POST, times: 1 });
    await history.arrives(ADA);
    await history.passes(6 * UNTIL_ABSENT);
    expect([lastLookup(history), posts(history)]).toEqual(['absent_three_times', 5]);
  });

  it('of what CodeSubmit refused fails it', async () => {
    await withWitness();
    history.codesubmit.faults.set({ kind: '5xx', status: 409, ...POST, times: 1 });
    const id = await history.arrives(ADA);
    await history.passes(UNTIL_ABSENT);
    expect(history.invitations(id)).toEqual(['Backend failed refused']);
    expect(history.timelineOf(id).join()).toContain('candidates: 409');
    await history.forget(id);
    expect(history.timelineOf(id).join()).not.toContain('candidates: 409');
  });

  it('of what was refused lets an address that was corrected meanwhile have it at once', async () => {
    await history.bridge.set({ sweepMinutes: 600 });
    await withWitness();
    history.codesubmit.faults.set({ kind: '5xx', status: 409, ...POST, times: 1 });
    const id = await history.arrives(ADA);
    history.lever.contacts.setEmails(id, ['ada@corrected.example']);
    await history.checks();
    expect(history.decisionOn(id)).toBe('ignore: already_invited');
    await history.passes(UNTIL_ABSENT);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('is proved by a witness of days ago', async () => {
    await withWitness();
    await history.later(3 * DAY);
    const id = await lost(loseRequest);
    await history.passes(UNTIL_ABSENT);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('needs a list that could be read', async () => {
    await withWitness();
    const id = await lost(loseRequest);
    failReading(history);
    await history.passes(30);
    history.codesubmit.faults.clear();
    await history.passes(10);
    expect([history.invitations(id), lastLookup(history)]).toEqual([[UNCERTAIN], 'absent_once']);
  });
});

describe('after a lost answer', () => {
  it.each<[what: string, shape: Partial<CodeSubmitSwitches>, why: string]>([
    ['no address', { rowEmail: 'absent' }, 'rows_not_recognised'],
    ['a nested address', { rowEmail: 'nested' }, 'rows_not_recognised'],
    ['a masked address', { rowEmail: 'masked' }, 'rows_not_recognised'],
    ['an id that no challenge has', { rowTest: 'other-id' }, 'similar_address_at_codesubmit'],
    ['no challenge', { rowTest: 'absent' }, 'similar_address_at_codesubmit'],
    ['no date', { createdAt: 'absent' }, 'date_unclear_at_codesubmit'],
    ['a date without a zone', { createdAt: 'no-zone' }, 'date_unclear_at_codesubmit'],
    ['a date without a time', { createdAt: 'date-only' }, 'date_unclear_at_codesubmit'],
  ])('a list whose rows have %s leaves it to a person', async (_what, shape, why) => {
    await leavesToPerson(loseAnswer, shape, why);
  });

  it.each(['object', 'name', 'id'] as const)(
    'a list that gives the challenge by an %s settles it',
    async (rowTest) => {
      Object.assign(switches(), { rowTest });
      await withWitness();
      const id = await lost(loseAnswer);
      await history.passes(2);
      expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 1]);
    },
  );
});

it('a lost answer to an address of three equal letters is found, and not sent again', async () => {
  for (let row = 0; row < 25; row += 1) history.inviteByHand(`row-${row}@example.com`, 'General');
  await withWitness();
  const person = { emails: ['alexxx@example.com'] };
  const id = await lost(loseAnswer, person);
  await history.passes(UNTIL_ABSENT);
  expect([history.invitations(id), sentTo(person)]).toEqual([['Backend linked'], 1]);
});

it.each<[what: string, shape: Partial<CodeSubmitSwitches>]>([
  ['a masked address', { rowEmail: 'masked' }],
  ['no challenge', { rowTest: 'absent' }],
  ['no date', { createdAt: 'absent' }],
])('after a lost request, a list whose rows have %s proves no absence', async (_what, shape) => {
  await leavesToPerson(loseRequest, shape, 'rows_not_recognised');
});

/** The list is in another form by the time that it matters. */
async function leavesToPerson(
  lose: typeof loseAnswer,
  shape: Partial<CodeSubmitSwitches>,
  why: string,
): Promise<void> {
  await history.bridge.set({ unreadableList: 'send' });
  await withWitness();
  Object.assign(switches(), shape);
  const id = await lost(lose);
  await history.passes(12);
  expect([history.invitations(id), lastLookup(history)]).toEqual([[UNCERTAIN], why]);
  expect(history.problems()).toContain('uncertain');
  expect(posts(history)).toBe(2);
}

it('a list without any of ours proves no absence, until one is accepted', async () => {
  const id = await lost(loseRequest);
  await history.passes(12);
  expect(history.invitations(id)).toEqual([UNCERTAIN]);
  await history.arrives(GRACE);
  await history.passes(UNTIL_ABSENT);
  expect([history.invitations(id), sentTo(ADA), sentTo(GRACE)]).toEqual([['Backend linked'], 1, 1]);
});

it('retry leaves it alone', async () => {
  await lost(loseRequest);
  await expect(history.retry(1)).rejects.toThrow('not known whether invitation 1 was sent');
  await history.passes(1);
  expect(posts(history)).toBe(1);
});

describe('a list that is half an hour behind', () => {
  beforeEach(() => {
    switches().listLagMs = 30 * MINUTE;
  });

  it.each([
    ['about a lost answer, while it lacks a newer one', true, false],
    ['about one after another that it lacks', false, true],
    ['about one while it lacks the only other', true, true],
  ])('isn’t believed %s', async (_what, isNewer, isOlder) => {
    if (isOlder) await history.arrives(GRACE);
    await history.passes(isOlder ? 5 : 0);
    const id = await lost(loseAnswer);
    if (isNewer) await history.arrives({ emails: ['bo@example.com'] });
    await history.passes(12);
    expect([history.invitations(id), lastLookup(history)]).toEqual([[UNCERTAIN], 'list_lags']);
    expect(sentTo(ADA)).toBe(1);
  });

  it('is read until it shows the outcome of a lost answer', async () => {
    const id = await lost(loseAnswer);
    await history.passes(12);
    expect([history.invitations(id), lastLookup(history)]).toEqual([[UNCERTAIN], 'no_control']);
    await history.passes(20);
    await history.arrives(GRACE);
    await history.passes(2);
    expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 1]);
  });

  it('is a person’s to settle after an hour, not before', async () => {
    switches().listLagMs = DAY;
    await withWitness();
    const id = await lost(loseAnswer);
    const fixes = () => history.bridge.timeline(id).fixes.join();
    await history.passes(30);
    expect([history.problem('uncertain')?.level, fixes()]).toEqual(['warn', '']);
    await history.passes(35);
    expect(history.problem('uncertain')?.level).toBe('fail');
    expect(fixes()).toContain('settle 2 --sent');
    expect(lastLookup(history)).toBe('list_lags');
  });
});

describe('an hour after another one was accepted', () => {
  beforeEach(async () => {
    await history.arrives(GRACE);
    await history.passes(60);
  });

  it.each([130, 240])('a lost request that is worked on %i s later is sent once', async (late) => {
    const id = await lost(loseRequest);
    // By then two readings a minute apart lack it.
    const minutes = Math.floor(late / 61);
    await history.passes(minutes);
    history.bridge.clock.advance(late * SECOND - minutes * MINUTE);
    history.inviteByHand('ada@example.com');
    await history.passes(20);
    expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 0]);
    expect(history.problems()).toEqual([]);
  });

  it.each([125, 150])('a list that is %i s behind shows a lost answer in time', async (behind) => {
    switches().listLagMs = behind * SECOND;
    const id = await lost(loseAnswer);
    await history.passes(20);
    expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 1]);
  });
});

it.each(['newest-first', 'oldest-first', 'random'] as const)(
  'a list %s shows the outcome of a lost answer, on whichever page it is',
  async (listOrder) => {
    Object.assign(switches(), { listOrder, pageSize: 1 });
    for (let index = 0; index < 3; index += 1) await history.arrives();
    const id = await lost(loseAnswer);
    await history.arrives();
    await history.passes(2);
    expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 1]);
  },
);

it('a list whose pages always leave someone out proves no absence, and is named', async () => {
  Object.assign(switches(), { listOrder: 'unstable', pageSize: 1 });
  loseAnswer(history, 8);
  for (let index = 0; index < 8; index += 1) await history.arrives();
  await history.passes(30);
  expect(new Set(history.sent()).size).toBe(history.sent().length);
  expect(history.problems()).not.toEqual([]);
});

describe('CodeSubmit accepted it without an id', () => {
  beforeEach(() => {
    switches().replyId = 'absent';
  });

  it('which the list confirms', async () => {
    const id = await history.arrives(ADA);
    expect(history.invitations(id)).toEqual([UNCERTAIN]);
    await history.passes(2);
    expect([history.invitations(id), posts(history)]).toEqual([['Backend linked'], 1]);
  });

  it('and never lists it: it isn’t sent again, and a person settles it', async () => {
    await withWitness();
    switches().listLagMs = DAY;
    const id = await history.arrives(ADA);
    await history.passes(40);
    expect([history.invitations(id), posts(history)]).toEqual([[UNCERTAIN], 2]);
    expect(lastLookup(history)).toBe('accepted_but_not_listed');
    expect(history.problems()).toContain('uncertain');
  });
});

it.each(['other-email', 'other-test'] as const)(
  'a reply that names an %s proves nothing: the list shows what became of it',
  async (replyNames) => {
    switches().replyNames = replyNames;
    const id = await history.arrives(ADA);
    expect(history.invitations(id)).toEqual([UNCERTAIN]);
    expect(history.linksOf(id)).toEqual([]);
    await history.passes(2);
    expect([history.invitations(id), posts(history)]).toEqual([['Backend linked'], 1]);
  },
);

describe('a vendor that changes the addresses it is sent', () => {
  beforeEach(() => {
    switches().emailRewrite = 'without-plus-and-dots';
  });

  it('and whose answer was lost: a person settles a similar address', async () => {
    const id = await lost(loseAnswer, { emails: ['a.d.a@gmail.com'] });
    await history.passes(10);
    expect(history.invitations(id)).toEqual([UNCERTAIN]);
    expect(lastLookup(history)).toBe('similar_address_at_codesubmit');
  });

  it('proves no absence', async () => {
    await history.arrives({ emails: ['gr.ace@gmail.com'] });
    const id = await lost(loseRequest);
    await history.passes(10);
    expect(history.invitations(id)).toEqual([UNCERTAIN]);
    expect(lastLookup(history)).toBe('rows_not_recognised');
  });
});

describe('what waits for a person is looked up again', () => {
  it('after a change of settings', async () => {
    await history.bridge.set({ unreadableList: 'send' });
    await withWitness();
    switches().rowEmail = 'nested';
    const id = await lost(loseRequest);
    await history.passes(12);
    expect(lastLookup(history)).toBe('rows_not_recognised');
    await history.bridge.set({ listEmailPath: 'candidate.email' });
    await history.passes(UNTIL_ABSENT);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('after `pause` and `resume`', async () => {
    switches().createdAt = 'date-only';
    const id = await lost(loseAnswer);
    await history.passes(12);
    expect(lastLookup(history)).toBe('date_unclear_at_codesubmit');
    switches().createdAt = 'present';
    await history.bridge.pause();
    await history.bridge.resume();
    await history.passes(4);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });
});

it.each(['refused-409', 'refused-400'] as const)(
  'what CodeSubmit had already is found and shared (%s)',
  async (secondPost) => {
    // The list shows it only once the daemon has asked for it again.
    Object.assign(switches(), { secondPost, listLagReads: 3 });
    const id = await lost(loseAnswer);
    await history.passes(12);
    expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 1]);
  },
);

it('a refusal of what was sent manually a moment before is looked up at once', async () => {
  switches().secondPost = 'refused-409';
  history.afterNext('GET', /candidates$/, () => history.inviteByHand('ada@example.com'));
  const id = await history.arrives(ADA);
  expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 0]);
  expect(history.timelineOf(id).join()).toContain('409 refused: “Already invited.”');
});

it('a refusal of what isn’t listed yet is looked up', async () => {
  history.inviteByHand('ada@example.com');
  Object.assign(switches(), { secondPost: 'refused-409', listLagReads: 3 });
  const id = await history.arrives(ADA);
  await history.passes(12);
  expect([history.invitations(id), sentTo(ADA)]).toEqual([['Backend linked'], 0]);
  expect(history.linksOf(id)).toHaveLength(1);
});

it('a refusal of what we sent before the reuse days shares that one', async () => {
  switches().secondPost = 'refused-409';
  const first = await history.arrives(ADA);
  const links = history.linksOf(first);
  await history.later(400 * DAY);
  await history.passes(2);
  const second = await history.arrives(ADA);
  await history.passes(10);
  expect([history.invitations(second), sentTo(ADA)]).toEqual([['Backend linked'], 1]);
  expect([history.linksOf(second), history.notesOf(second)]).toEqual([links, []]);
  expect(history.timelineOf(second).join()).toContain('CodeSubmit already has it');
});

describe('two of ours to one address', () => {
  const ADAS = { emails: ['Ada@example.com'] };
  const linksOf = (id: string) => history.linksOf(id).map((link) => link.slice(-36));
  const idsMade = () => history.codesubmit.invitations.map(({ id }) => id);

  /** Another candidate's, once more, to what is Ada's address by then. */
  function sendAgainToAda(who: string): Promise<unknown> {
    return history.bridge.command(async (app) => {
      const plan = await planSend(app, { who, challenge: 'Backend', isAgain: true });
      history.lever.contacts.setEmails(who, ADAS.emails);
      await queueSend(app, plan);
    });
  }

  it('what a later attempt sent is not taken for what an admin says was sent', async () => {
    const who = await lost(loseRequest);
    await history.settleSent(1, null);
    loseAnswer(history);
    await history.send(who, 'Backend', { again: true });
    await history.arrives(GRACE);
    // The list is read once for both.
    history.bridge.clock.advance(40 * MINUTE);
    await history.passes(10);
    expect([sentTo(ADA), sentTo(GRACE)]).toEqual([1, 1]);
  });

  it('what an admin says was sent is not taken for what a later attempt sent', async () => {
    await lost(loseAnswer);
    await history.settleSent(1, null);
    await history.later(SECOND);
    const who = await history.arrives(ADAS);
    loseRequest(history);
    await history.send(who, 'Backend', { again: true });
    await history.arrives(GRACE);
    await history.passes(10);
    expect(history.invitations(who)).toEqual([UNCERTAIN]);
    expect(lastLookup(history)).toBe('several_claimants');
    await history.later(60 * MINUTE);
    await history.passes(2);
    await history.settleNotSent(2);
    await history.passes(20);
    expect(history.invitations()).toEqual(Array(3).fill('Backend linked'));
    expect(history.codesubmit.invitations.map(({ email }) => email)).toEqual([
      ...ADA.emails,
      ...GRACE.emails,
      ...ADAS.emails,
    ]);
  });

  it.each([
    ['that an admin settled with its link', true],
    ['of a machine whose clock is ahead', false],
  ])('one %s is not taken for one that was lost long before', async (_what, isSettled) => {
    if (!isSettled) history.bridge.clock.leadMs = SECOND / 2;
    const who = await history.arrives({ emails: ['bo@example.com'] });
    const id = await lost(loseRequest);
    history.bridge.clock.advance(31 * DAY);
    // The check of the stages that is due then has read them before they have another address.
    await history.later(5 * SECOND);
    if (isSettled) loseAnswer(history);
    await sendAgainToAda(who);
    const { codesubmit } = history;
    const [link = null] = codesubmit.invitations.map((one) => linkOf(codesubmit, one)).slice(-1);
    if (isSettled) await history.settleSent(3, link);
    if (isSettled) await history.arrives(GRACE);
    await history.passes(UNTIL_ABSENT);
    expect(history.invitations(id)[0]).toContain('cancelled');
  });

  it.each([
    ['first', 'answer', loseAnswer],
    ['second', 'answer', loseAnswer],
    ['second', 'request', loseRequest],
  ])('the %s isn’t taken for the other when its %s is lost', async (which, _what, lose) => {
    history.bridge.clock.leadMs = SECOND / 2;
    const who = await history.arrives({ emails: ['bo@example.com'] });
    await history.passes(2);
    if (which === 'first') lose(history);
    const id = await history.arrives(ADA);
    history.bridge.clock.advance(SECOND);
    if (which === 'second') lose(history);
    await sendAgainToAda(who);
    await history.passes(UNTIL_ABSENT);
    const [ofBo, ofAda, ofBoAgain] = idsMade();
    expect([linksOf(id), linksOf(who)]).toEqual([[ofAda], [ofBo, ofBoAgain]]);
  });

  it('what CodeSubmit returns to the other has its link in both', async () => {
    switches().secondPost = 'first';
    await history.arrives(GRACE);
    const id = await lost(loseAnswer);
    const who = await history.arrives({ emails: ['bo@example.com'] });
    history.bridge.clock.advance(SECOND);
    await sendAgainToAda(who);
    await history.passes(UNTIL_ABSENT);
    expect(history.invitations(id)[0]).toContain('cancelled');
    expect(history.linksOf(id)).toHaveLength(1);
    expect(idsMade()).toHaveLength(3);
  });
});

it('a date without a zone repeats no deliberate repetition', async () => {
  const id = await history.arrives(ADA);
  await history.passes(2);
  switches().createdAt = 'no-zone';
  loseAnswer(history);
  await history.send(id, 'Backend', { again: true });
  await history.passes(12);
  expect([sentTo(ADA), history.problems().includes('uncertain')]).toEqual([2, true]);
});

it.each([-20, 20])('CodeSubmit’s clock, %i minutes ahead, dates nothing wrongly', async (ahead) => {
  await history.close();
  history = await History.begin({ codesubmit: { clockOffsetMs: ahead * MINUTE } });
  await withWitness();
  await lost(loseAnswer);
  await lost(loseRequest, { emails: ['bo@example.com'] });
  await history.passes(UNTIL_ABSENT);
  expect(history.invitations()).toEqual(Array(3).fill('Backend linked'));
  expect(history.sent()).toHaveLength(3);
});

it('CodeSubmit returns one from years ago: its date counts against no other', async () => {
  switches().secondPost = 'first';
  history.inviteByHand('ada@example.com');
  history.codesubmit.invitations[0]!.createdAt -= 400 * DAY;
  await history.arrives(GRACE);
  const ada = await history.arrives(ADA);
  expect(history.timelineOf(ada).join()).toContain('CodeSubmit already had it');
  await history.passes(2);
  const id = await lost(loseRequest, { emails: ['bo@example.com'] });
  await history.passes(UNTIL_ABSENT);
  expect(history.invitations(id)).toEqual(['Backend linked']);
  expect(history.codesubmit.invitations).toHaveLength(3);
});
