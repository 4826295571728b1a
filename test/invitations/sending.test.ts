/** What may be sent, when, and what becomes of an attempt. */
import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { listRules, removeRule } from '../../src/admin/setup/rules.js';
import {
  BACKEND,
  CHALLENGES,
  DAY,
  FRONTEND,
  FRONTEND_RULE,
  History,
  HOUR,
  RULE,
  SECOND,
} from '../rigs/history.js';
import { isChallenge } from '../simulation/simulated-process.js';
import { failReading, POST, posts } from './codesubmit-trouble.js';

const CANDIDATE = { method: 'GET', route: '/v1/opportunities/:id' };

const { SqliteError } = BetterSqlite3;
/** Two readings fifteen settling times apart prove an absence. */
const UNTIL_ABSENT = 18;

let history: History;
beforeEach(async () => {
  history = await History.begin({ rules: [RULE, FRONTEND_RULE] });
});

/** CodeSubmit's list asks to wait for so many seconds, and the challenge is queued for them. */
async function queued(seconds: number, person = {}): Promise<string> {
  failReading(history, { kind: '429', retryAfter: seconds, times: 1 });
  const id = await history.arrives(person);
  expect(history.invitations(id)).toEqual(['Backend queued']);
  return id;
}

/** Nobody reports it. */
const archive = (id: string) => history.lever.actions.archive(id, 'Withdrew');

describe('a challenge is sent on what Lever showed within the last minute', () => {
  it.each([
    ['goes out within it', 0, 50, 'Backend linked'],
    ['is decided again after it', 0, 61, 'Backend cancelled archived'],
    ['is decided again a minute after the read began', 20, 45, 'Backend cancelled archived'],
  ])('%s', async (_what, slow, seconds, state) => {
    const delay = { kind: 'delay', when: 'after', delayMs: slow * SECOND, times: 1 } as const;
    history.lever.faults.set({ ...delay, ...CANDIDATE });
    const id = await queued(seconds);
    archive(id);
    await history.later(seconds * SECOND);
    expect(history.invitations(id)).toEqual([state]);
  });

  it.each([
    ['set back an hour', -HOUR, 61],
    ['an hour ahead, as after a sleep', HOUR, 31],
  ])('and no longer with the machine’s clock %s', async (_what, jumpMs, seconds) => {
    const id = await queued(30);
    archive(id);
    history.bridge.clock.leadMs += jumpMs;
    await history.later(SECOND);
    await history.later(seconds * SECOND);
    expect(history.invitations(id)).toEqual(['Backend cancelled archived']);
  });

  it('and under the rules of now, though no check of the stages gets through', async () => {
    const id = await queued(30);
    history.lever.faults.set({ kind: '5xx', method: 'GET' });
    await history.bridge.command((app) => removeRule(app, String(listRules(app)[0]?.id)));
    await history.later(31 * SECOND);
    expect(history.sent()).toEqual([]);
    history.lever.faults.clear();
    await history.passes(2);
    expect(history.invitations(id)).toEqual(['Backend cancelled no_tag']);
  });

  it('so of many that waited only those read before are read again', async () => {
    const early = await queued(70);
    await history.later(40 * SECOND);
    // More than are sent at once.
    const late = [];
    for (let person = 0; person < 12; person += 1) late.push(await history.arrives());
    archive(early);
    history.leverCalls();
    await history.later(30 * SECOND);
    expect(history.invitations(early)).toEqual(['Backend cancelled archived']);
    expect(history.counts()).toEqual({ cancelled: 1, linked: late.length });
    expect(history.leverCalls()).toMatchObject({ 'GET /v1/opportunities/:id': 1 });
  });

  it('and never on what an ended process read', async () => {
    const id = await queued(30);
    archive(id);
    await history.bridge.restart();
    await history.passes(1);
    expect(history.invitations(id)).toEqual(['Backend cancelled archived']);
  });
});

describe('nothing is sent', () => {
  it('once `pause` has returned, until `resume`', async () => {
    const id = await queued(30);
    await history.bridge.pause();
    await history.passes(2);
    const other = await history.arrives();
    expect(history.invitations()).toEqual(['Backend queued']);
    expect(history.held()).toEqual({ [other]: 'paused' });
    archive(id);
    await history.bridge.resume();
    expect(history.invitations()).toEqual(['Backend cancelled archived', 'Backend linked']);
  });

  it('once `revoke` has returned, and its queue is cancelled', async () => {
    await queued(30);
    await history.bridge.command((app) => revoke(app));
    await history.passes(5);
    expect([history.invitations(), posts(history)]).toEqual([['Backend cancelled revoked'], 0]);
  });

  it.each([401, 429])(
    'once `revoke` has returned, though the answer %i came later',
    async (status) => {
      const id = await history.arrives({ tags: [] });
      history.codesubmit.faults.set({ kind: '5xx', status, when: 'before', ...POST, times: 1 });
      history.bridge.onSending = () => void history.bridge.command((app) => revoke(app));
      await history.send(id, 'Frontend');
      await history.bridge.setUpAgain([RULE]);
      await history.passes(10);
      expect(history.invitations(id)).toEqual(['Frontend cancelled revoked']);
      expect(history.sent()).toEqual([]);
    },
  );
});

it('CodeSubmit gets the name, the address as Lever spells it, and the rule’s terms', async () => {
  await history.close();
  history = await History.begin({ rules: [`${RULE};due-days=7;time-limit=90`] });
  const id = await history.arrives({ name: 'Augusta Ada King', emails: ['Ada@Example.com'] });
  const [got] = history.codesubmit.invitations;
  expect(got).toMatchObject({
    email: 'Ada@Example.com',
    firstName: 'Augusta Ada',
    lastName: 'King',
  });
  expect(got).toMatchObject({ timeLimit: 90, testId: CHALLENGES.Backend });
  expect((Date.parse(got!.dueAt!) - got!.createdAt) / DAY).toBeCloseTo(7, 3);
  expect(history.timelineOf(id)).toContain('CodeSubmit accepted it and invited the candidate');
});

it.each([-3, 3])('the due date is by CodeSubmit’s clock: ours is %i days off', async (days) => {
  await history.close();
  history = await History.begin({ rules: [`${RULE};due-days=7`] });
  history.bridge.clock.leadMs = days * DAY;
  await history.passes(10);
  await history.arrives();
  const [got] = history.codesubmit.invitations;
  expect((Date.parse(got!.dueAt!) - got!.createdAt) / DAY).toBeCloseTo(7, 3);
});

it('CodeSubmit gets no terms where the rule has none', async () => {
  await history.arrives();
  const [got] = history.codesubmit.invitations;
  expect([got?.dueAt, got?.timeLimit]).toEqual([undefined, undefined]);
});

it('after a 429 it is decided again before it is sent again', async () => {
  history.codesubmit.faults.set({ kind: '429', retryAfter: 5, ...POST, times: 1 });
  archive(await history.arrives());
  await history.arrives();
  await history.passes(5);
  expect(history.invitations()).toEqual(['Backend cancelled archived', 'Backend linked']);
});

it('an accepted challenge ends the series of failures that lengthens the waits', async () => {
  const limit = (times: number) => history.codesubmit.faults.set({ kind: '429', ...POST, times });
  limit(5);
  await history.arrives();
  await history.passes(5);
  limit(1);
  await history.arrives();
  await history.later(2 * SECOND);
  expect(history.counts()).toEqual({ linked: 2 });
});

describe('a refusal', () => {
  const refuse = (status: number, times = 1) =>
    history.codesubmit.faults.set({ kind: '5xx', status, ...POST, times });

  it('that names the person fails them, in CodeSubmit’s words', async () => {
    const id = await history.arrives({ emails: ['ada@exämple.com'] });
    expect(history.invitations(id)).toEqual(['Backend failed refused']);
    expect(history.timelineOf(id).at(-1)).toContain('Enter a valid email address');
  });

  it('is quoted without what it says about the person', async () => {
    const person = { name: 'Enter Address', emails: ['valid@exämple.com'] };
    const id = await history.arrives(person);
    expect(history.timelineOf(id).at(-1)).toMatch(/: “\(…\) a \(…\) email \(…\)\.”\)$/);
  });

  it('without words is told by its status alone', async () => {
    history.codesubmit.switches.errorBodies = 'empty';
    const id = await history.arrives({ emails: ['ada@exämple.com'] });
    expect(history.timelineOf(id).at(-1)).toMatch(
      /^CodeSubmit rejected it \(codesubmit .* 400 \w+\)$/,
    );
  });

  it.each(['words-about-test', 'field-of-test'] as const)(
    'about the challenge, which CodeSubmit lists, fails only them (%s)',
    async (candidateRefusal) => {
      history.codesubmit.switches.candidateRefusal = candidateRefusal;
      const id = await history.arrives({ emails: ['ada@exämple.com'] });
      await history.arrives();
      expect(history.invitations()).toEqual(['Backend failed refused', 'Backend linked']);
      expect(history.timelineOf(id).join()).toMatch(/not available to this candidate/i);
    },
  );

  it('of a challenge that CodeSubmit archived holds all of it until it is back', async () => {
    await history.arrives();
    history.codesubmit.setTestArchived(CHALLENGES.Backend, true);
    const id = await history.arrives();
    await history.arrives({ tags: [FRONTEND] });
    expect(history.held()).toEqual({ [id]: 'unknown_challenge' });
    history.codesubmit.setTestArchived(CHALLENGES.Backend, false);
    await history.bridge.sweep();
    await history.passes(1);
    expect([history.sent().length, history.held()]).toEqual([3, {}]);
  });

  it('of a challenge that was archived since the last refusal holds it too', async () => {
    refuse(400);
    await history.arrives();
    await history.later(16 * SECOND);
    history.codesubmit.setTestArchived(CHALLENGES.Backend, true);
    const id = await history.arrives();
    expect(history.held()).toEqual({ [id]: 'unknown_challenge' });
  });

  it('reads the challenges once for all of the same moment', async () => {
    refuse(400, 10);
    const [route, before] = ['/api/external/tests', history.codesubmit.requests.list().length];
    for (let person = 0; person < 10; person += 1) await history.arrives();
    const since = history.codesubmit.requests.list().slice(before);
    expect(since.filter(({ path }) => path === route)).toHaveLength(1);
    expect(history.counts()).toEqual({ failed: 10 });
  });

  it.each([
    [404, { queued: 1, linked: 1 }],
    [400, { failed: 1, linked: 1 }],
  ])('%i while the challenges can’t be listed holds nobody', async (status, fares) => {
    refuse(status);
    history.codesubmit.faults.set({ kind: '5xx', method: 'GET', route: '/api/external/tests' });
    await history.arrives();
    await history.arrives();
    expect([history.held(), history.counts()]).toEqual([{}, fares]);
  });
});

describe('a process that dies while it sends', () => {
  it.each([
    ['before the vendor saw it', 20],
    ['after the vendor did it', 2],
  ] as const)('%s: the next one looks it up, and sends it once', async (moment, minutes) => {
    await history.arrives();
    await history.passes(2);
    const id = history.creates();
    await history.bridge.killDuring(moment, () => history.moves(id), isChallenge);
    expect(history.invitations()[1]).toBe('Backend uncertain unknown_outcome');
    expect(history.timelineOf(id).join()).toContain(
      'looking it up (the program stopped while sending)',
    );
    expect(posts(history)).toBe(moment === 'after the vendor did it' ? 2 : 1);
    await history.passes(minutes);
    expect(history.invitations()).toEqual(['Backend linked', 'Backend linked']);
    expect(history.sent()).toHaveLength(2);
  });

  it('waits for no earlier delay: at the next start it is tried at once', async () => {
    history.codesubmit.faults.set({ kind: '5xx', status: 404, ...POST });
    await history.arrives();
    await history.passes(40);
    history.codesubmit.faults.clear();
    await history.later(SECOND);
    expect(history.invitations()).toEqual(['Backend queued']);
    await history.bridge.restart();
    expect(history.invitations()).toEqual(['Backend linked']);
  });
});

describe('no write succeeds for a while, from some moment of a sending on', () => {
  const MOMENTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20];
  const full = new SqliteError('the disk is full', 'SQLITE_FULL');
  it.each([
    ['the disk is full', full],
    ['a bug', new Error('a bug')],
  ])('%s: it is sent once', async (_what, error) => {
    for (const moment of MOMENTS) {
      const trouble = { error, ms: 5 * SECOND };
      await history.bridge.troubleDuring(moment, trouble, () => history.arrives());
      await history.passes(1);
    }
    await history.passes(UNTIL_ABSENT);
    expect(history.counts()).toEqual({ linked: MOMENTS.length });
    expect(new Set(history.sent()).size).toBe(MOMENTS.length);
    expect(history.sent()).toHaveLength(MOMENTS.length);
  });
});

describe('`retry` of a failed challenge', () => {
  const grace = { emails: ['grace@example.com'] };

  /** CodeSubmit refuses each of theirs. */
  async function fails(person = {}): Promise<string> {
    history.codesubmit.faults.set({ kind: '5xx', status: 400, ...POST, times: 1 });
    const id = await history.arrives(person);
    expect(history.invitations(id)).toEqual(['Backend failed refused']);
    return id;
  }

  async function wantsFrontend(id: string): Promise<void> {
    history.lever.actions.removeTags(id, [BACKEND]);
    history.lever.actions.addTags(id, [FRONTEND]);
    await history.bridge.sweep();
  }

  it('is sent, unless the visit got another one meanwhile', async () => {
    const id = await fails();
    await fails(grace);
    await wantsFrontend(id);
    expect(await history.retry(1, 2)).toEqual([2]);
    await history.passes(1);
    expect(history.invitations()).toEqual([
      'Backend cancelled already_invited',
      'Backend linked',
      'Frontend linked',
    ]);
  });

  it('is cancelled if the person got it through another opportunity', async () => {
    const { contactId } = history.lever.opportunities.get(await fails(grace));
    await history.arrives({ ...grace, contactId });
    expect(await history.retry(1)).toEqual([]);
    expect(history.invitations()[0]).toBe('Backend cancelled already_invited');
  });

  it('gives way to the decision where two failed in one visit', async () => {
    const id = await fails();
    history.codesubmit.faults.set({ kind: '5xx', status: 400, ...POST, times: 1 });
    await wantsFrontend(id);
    expect(await history.retry(1, 2)).toEqual([1]);
    expect(history.invitations()).toEqual(['Backend cancelled other_challenge', 'Frontend linked']);
  });
});
