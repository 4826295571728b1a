/** Who CodeSubmit's list shows as invited already, whatever its form: they are adopted, or on hold, and no one waits unnamed. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { runChosenChecks } from '../../src/admin/facts/doctor.js';
import { preview } from '../../src/admin/preview.js';
import type { CodeSubmitSwitches } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import { CHALLENGES, DAY, History, HOUR, MINUTE, SECOND } from '../rigs/history.js';
import { failReading, loseAnswer, loseRequest } from './codesubmit-trouble.js';

const ADA = { emails: ['ada@example.com'] };
const SIMILAR = 'ada+jobs@example.com';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const switches = () => history.codesubmit.switches;
const addresses = () => history.codesubmit.invitations.map(({ email }) => email);

/** How a candidate fares who was invited manually, by the form of the list. */
const FORMS: [what: string, form: Partial<CodeSubmitSwitches>, fares: string][] = [
  ['no address', { rowEmail: 'absent' }, 'queued'],
  ['a nested address', { rowEmail: 'nested' }, 'queued'],
  ['a masked address', { rowEmail: 'masked' }, 'queued'],
  ['an id that no challenge has', { rowTest: 'other-id' }, 'on hold'],
  ['no challenge', { rowTest: 'absent' }, 'on hold'],
  ['no date', { createdAt: 'absent' }, 'linked'],
  ['a date without a zone', { createdAt: 'no-zone' }, 'linked'],
  ['a date without a time', { createdAt: 'date-only' }, 'linked'],
  ['the challenge’s object', { rowTest: 'object' }, 'linked'],
  ['the challenge’s name', { rowTest: 'name' }, 'linked'],
  ['the challenge’s id', { rowTest: 'id' }, 'linked'],
  ['no count', { listCount: 'absent' }, 'linked'],
  ['a count of each page', { listCount: 'of-page' }, 'linked'],
  ['a count of more than there are', { listCount: 'too-many' }, 'queued'],
  ['a page that always fails', { brokenPage: 2 }, 'queued'],
  ['a next page that is the same', { nextUrl: 'same-page' }, 'queued'],
  ['no next page where there is one', { nextUrl: 'absent' }, 'queued'],
  ['a next page elsewhere', { nextUrl: 'other-origin' }, 'queued'],
];

it.each(FORMS)('a list with %s', async (_what, form, fares) => {
  Object.assign(switches(), { pageSize: 2, ...form });
  for (const name of ['ada', 'bo', 'cy', 'di']) history.inviteByHand(`${name}@example.com`);
  const id = await history.arrives(ADA);
  await history.passes(20);
  const isHeld = fares === 'on hold';
  const state = isHeld ? 'cancelled similar_address' : fares;
  expect(history.invitations(id)).toEqual([`Backend ${state}`]);
  expect(history.held()).toEqual(isHeld ? { [id]: 'similar_address' } : {});
  expect(history.problems().includes('list_unreadable')).toBe(fares === 'queued');
  expect(history.sent()).toEqual([]);
});

it('nobody at all, which the list doesn’t say: it waits until the admin takes the risk', async () => {
  switches().listCount = 'absent';
  const id = await history.arrives(ADA);
  await history.passes(20);
  expect(history.invitations(id)).toEqual(['Backend queued']);
  expect(history.problems()).toContain('list_unreadable');
  await history.bridge.set({ unreadableList: 'send' });
  await history.passes(2);
  expect(history.invitations(id)).toEqual(['Backend linked']);
});

it.each([429, 503])('a wait that %i asks for can’t be ended by taking the risk', async (status) => {
  failReading(history, { status, retryAfter: 3_600 });
  await history.arrives(ADA);
  await history.passes(20);
  const { fix, since } = history.problem('list_unreadable') ?? {};
  expect(fix).toMatch(/^Wait: the daemon [^-]*$/);
  await history.bridge.restart();
  expect(history.problem('list_unreadable')?.since).toBe(since);
});

it('a list that was read with another key says nothing of who was invited since, nor how long to wait', async () => {
  await history.arrives();
  failReading(history, { kind: '429', retryAfter: 86_400, times: 1 });
  await history.later(HOUR);
  history.inviteByHand('ada@example.com');
  const { key } = history.codesubmit.addKey();
  await history.bridge.command(({ database, secrets, integration }) =>
    database.write((tx) => {
      secrets.replace(tx, 'codesubmit_api_key', key);
      integration.bumpVersion(tx);
    }),
  );
  await history.bridge.restart();
  const id = await history.arrives(ADA);
  expect(history.invitations(id)).toEqual(['Backend linked']);
  expect(history.sent()).toHaveLength(1);
});

it('`resume` without a pause hides no list that can’t be read', async () => {
  switches().brokenPage = 1;
  await history.arrives();
  await history.passes(20);
  const before = history.problems();
  expect(before).toContain('list_unreadable');
  await history.bridge.resume();
  expect(history.problems()).toEqual(before);
});

it.each([
  [19, 'linked'],
  [18, 'queued'],
])('of the twenty newest rows %i show an address: %s', async (whole, state) => {
  for (let row = 0; row < 40; row += 1) {
    const email =
      row < 20 || row >= 20 + whole ? 'an anonymized candidate' : `row-${row}@example.com`;
    history.inviteByHand(email);
    history.bridge.clock.advance(1_000);
  }
  const id = await history.arrives(ADA);
  expect(history.invitations(id)).toEqual([`Backend ${state}`]);
});

it('newest rows without addresses are a failure in doctor too, whatever the first page shows', async () => {
  Object.assign(switches(), { listOrder: 'oldest-first', pageSize: 20 });
  for (let row = 0; row < 40; row += 1) {
    history.inviteByHand(row < 20 ? `row-${row}@example.com` : 'an anonymized candidate');
    history.bridge.clock.advance(1_000);
  }
  await history.arrives(ADA);
  // A reading shows that it is so, but not since when.
  expect(history.problem('list_unreadable')?.since).toBeNull();
  const { signal } = new AbortController();
  const check = (app: App) => runChosenChecks(app, ({ id }) => id === 'list_rows', signal);
  const [result] = await history.bridge.command(check);
  expect(result?.summary).toMatch(/^Too few of the newest rows/);
});

describe('an address that may be masked', () => {
  const bothInvited = () => {
    for (const email of ['axxx@example.com', 'bxxx@example.com']) history.inviteByHand(email);
  };

  it.each([
    'alexxx@example.com',
    'ada@xxxlutz.example.com',
    'a___b@example.com',
    'a..b@example.com',
  ])('is a person’s if no other row shows one: %s', async (email) => {
    history.inviteByHand(email);
    const id = await history.arrives({ emails: [email] });
    const other = await history.arrives(ADA);
    expect(history.invitations(id)).toEqual(['Backend linked']);
    expect(history.invitations(other)).toEqual(['Backend linked']);
    expect([history.sent(), history.problems()]).toEqual([['ada@example.com Backend'], []]);
  });

  it('is masked if a second row shows one', async () => {
    bothInvited();
    const id = await history.arrives(ADA);
    await history.passes(20);
    expect(history.invitations(id)).toEqual(['Backend queued']);
    expect(history.problems()).toContain('list_unreadable');
  });

  it('isn’t masked if it is a candidate’s', async () => {
    bothInvited();
    await history.arrives({ emails: ['axxx@example.com'] });
    await history.arrives({ emails: ['bxxx@example.com'] });
    await history.arrives(ADA);
    await history.passes(2);
    expect(history.invitations()).toEqual(['Backend linked', 'Backend linked', 'Backend linked']);
    expect([history.sent(), history.problems()]).toEqual([['ada@example.com Backend'], []]);
  });
});

it.each([
  [364, 0],
  [366, 1],
])('who was invited %i days ago gets %i, by the reuse days', async (days, count) => {
  history.inviteByHand('ada@example.com');
  history.codesubmit.invitations[0]!.createdAt -= days * DAY;
  const id = await history.arrives(ADA);
  expect([history.invitations(id), history.sent().length]).toEqual([['Backend linked'], count]);
});

describe('a similar address', () => {
  /** Invited manually, and then a candidate of another spelling. */
  async function similar(manual = SIMILAR, email = 'ada@example.com'): Promise<string> {
    history.inviteByHand(manual);
    const id = await history.arrives({ emails: [email] });
    await history.passes(2);
    return id;
  }

  it.each([
    [SIMILAR, 'ada@example.com'],
    ['ada@example.com', SIMILAR],
    ['a.d.a@gmail.com', 'ada@gmail.com'],
  ])('%s holds %s until approved', async (manual, email) => {
    const id = await similar(manual, email);
    expect(history.held()).toEqual({ [id]: 'similar_address' });
    expect(history.sent()).toEqual([]);
    await history.bridge.approve([id]);
    await history.passes(2);
    expect([history.held(), history.sent()]).toEqual([{}, [`${email} Backend`]]);
  });

  it('of a challenge of ours whose answer was lost holds no one else', async () => {
    await history.arrives();
    loseAnswer(history);
    const first = await history.arrives({ emails: [SIMILAR] });
    // Before the answer is looked up, and by a list that shows it.
    await history.later(20 * SECOND);
    const id = await history.arrives({ emails: ['ada@example.com'] });
    expect(history.invitations(first)).toEqual(['Backend uncertain unknown_outcome']);
    expect([history.held(), history.invitations(id)]).toEqual([{}, ['Backend linked']]);
  });

  it.each([
    ['a.d.a@example.com', 'ada@example.com', 'dots count, but at Gmail'],
    ['ada@gmail.com', 'ada@example.com', 'it is at another host'],
  ])('%s isn’t similar to %s: %s', async (manual, email) => {
    const id = await similar(manual, email);
    expect(history.invitations(id)).toEqual(['Backend linked']);
    expect(addresses()).toEqual([manual, email]);
  });

  it('that we sent to another contact holds no one', async () => {
    await history.arrives({ emails: [SIMILAR] });
    await history.arrives(ADA);
    expect([history.sent().length, history.held()]).toEqual([2, {}]);
  });

  it('beside the same one gives way: that is adopted', async () => {
    history.inviteByHand(SIMILAR);
    const id = await similar('ada@example.com');
    expect(history.invitations(id)).toEqual(['Backend linked']);
    expect(history.timelineOf(id).join()).toContain('CodeSubmit already has it');
    expect(history.sent()).toEqual([]);
  });

  it.each([0, 10])(
    'is what the same one is for a challenge that can’t be identified, until it can, an hour after a reading that waited %i minutes',
    async (minutes) => {
      switches().rowTest = 'absent';
      if (minutes > 0) failReading(history, { kind: '429', retryAfter: minutes * 60, times: 1 });
      const id = await similar('ada@example.com');
      await history.passes(minutes);
      await history.bridge.sweep();
      switches().rowTest = 'object';
      await history.passes(55);
      await history.bridge.sweep();
      expect(history.held()).toEqual({ [id]: 'similar_address' });
      await history.passes(6);
      await history.bridge.sweep();
      expect([history.held(), history.invitations(id)]).toEqual([{}, ['Backend linked']]);
      expect(history.sent()).toEqual([]);
    },
  );

  it('is shown by `preview` before anything was read', async () => {
    history.inviteByHand(SIMILAR);
    const id = history.creates(ADA);
    history.bridge.clock.advance(1);
    history.lever.actions.move(id, 'Take-home');
    const query = { onProgress: () => undefined };
    const { people } = await history.bridge.command((app) => preview(app, query));
    expect(people).toMatchObject([{ outcome: 'hold', reason: 'similar_address' }]);
    await history.bridge.sweep();
    expect(history.held()).toEqual({ [id]: 'similar_address' });
  });

  it('cancels a `send` from before the list was read, and says how to send it', async () => {
    history.inviteByHand(SIMILAR);
    const id = history.creates({ ...ADA, tags: [] });
    await history.send(id, 'Backend');
    await history.passes(2);
    expect(history.invitations(id)).toEqual(['Backend cancelled similar_address']);
    expect(history.bridge.timeline(id).fixes.join()).toContain('--again');
    expect(history.sent()).toEqual([]);
  });

  it('lets an approved `send` through', async () => {
    const id = await similar();
    await history.bridge.pause();
    await history.bridge.approve([id]);
    await history.send(id, 'Backend');
    await history.bridge.resume();
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('lets through what an admin settled as not sent', async () => {
    const id = history.creates({ ...ADA, tags: [] });
    loseRequest(history);
    await history.send(id, 'Backend');
    await history.passes(2);
    history.inviteByHand(SIMILAR);
    await history.arrives();
    await history.passes(2);
    expect(history.invitations(id)).toEqual(['Backend uncertain unknown_outcome']);
    await history.settleNotSent(1);
    await history.passes(2);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });

  it('makes `send` refuse, but for --again', async () => {
    const id = await similar();
    await expect(history.send(id, 'Backend')).rejects.toThrow('similar address');
    await history.send(id, 'Backend', { again: true });
    await history.passes(2);
    expect(history.sent()).toEqual(['ada@example.com Backend']);
  });
});

it('a link shared with someone of the same address stays ours under another address', async () => {
  switches().rowEmail = 'masked';
  await history.bridge.set({ unreadableList: 'send' });
  await history.arrives(ADA);
  const id = await history.arrives(ADA);
  await history.passes(2);
  expect(history.linksOf(id)).toHaveLength(1);
  history.lever.contacts.setEmails(id, ['grace@example.com']);
  await history.send(id, 'Frontend');
  await history.passes(2);
  expect(history.sent()).toEqual(['ada@example.com Backend', 'grace@example.com Frontend']);
});

describe('archived assignments that the list of challenges leaves out', () => {
  /** Sent manually, so many days ago. */
  function past(count: number, days: number, challenge: string, email?: string): void {
    for (let row = 0; row < count; row += 1) {
      history.inviteByHand(email ?? `${challenge}-${String(row)}@example.com`, challenge);
      history.codesubmit.invitations.at(-1)!.createdAt -= days * DAY;
    }
  }

  beforeEach(() => {
    switches().archivedTests = 'left-out';
    history.codesubmit.setTestArchived(CHALLENGES.General, true);
    past(90, 100, 'Backend');
    past(9, 200, 'General');
    past(1, 200, 'General', 'ada@example.com');
  });

  it('hold no one, though a tenth of the history names one, nor those who took one', async () => {
    await history.arrives();
    await history.arrives(ADA);
    expect(history.invitations()).toEqual(['Backend linked', 'Backend linked']);
    expect([history.problems(), history.held()]).toEqual([[], {}]);
  });

  it('hold no one when one that no rule uses is archived later', async () => {
    past(20, 1, 'Frontend');
    await history.arrives();
    history.codesubmit.setTestArchived(CHALLENGES.Frontend, true);
    await history.later(10 * MINUTE);
    const id = await history.arrives();
    expect([history.invitations(id), history.problems()]).toEqual([['Backend linked'], []]);
  });

  it('named alone, they hold only their own', async () => {
    switches().rowTest = 'name';
    await history.checks();
    const id = await history.arrives(ADA);
    const other = await history.arrives();
    expect(history.held()).toEqual({ [id]: 'similar_address' });
    expect(history.invitations(other)).toEqual(['Backend linked']);
  });
});

it('an anonymized history keeps no one waiting: 40 of 200 rows, among the newest none', async () => {
  for (let row = 0; row < 200; row += 1) {
    history.inviteByHand(row < 40 ? 'anonymized' : `listed-${String(row)}@example.com`);
    history.codesubmit.invitations.at(-1)!.createdAt -= (row < 40 ? 300 : 100) * DAY;
  }
  const id = await history.arrives();
  expect([history.invitations(id), history.problems()]).toEqual([['Backend linked'], []]);
});
