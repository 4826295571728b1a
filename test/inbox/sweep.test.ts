/** The check of the stages: page by page, stage by stage, while candidates move and webhooks come. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readStatus } from '../../src/admin/status.js';
import {
  BACKEND,
  BEFORE,
  FRONTEND,
  FRONTEND_RULE,
  History,
  MINUTE,
  RULE,
  SECOND,
  TAKE_HOME,
} from '../rigs/history.js';

const ONSITE = 'On-site';
const ONSITE_RULE = `stage=${ONSITE};tag=codesubmit:onsite;challenge=General`;
const LIST = /^\/v1\/opportunities$/;
/** How many pages and single candidates Lever was asked for since the last time. */
const reads = () => {
  const { 'GET /v1/opportunities': pages = 0, 'GET /v1/opportunities/:id': looks = 0 } =
    history.leverCalls();
  return { pages, looks };
};
let history: History;

/** A list's first page is the second reply: the first one says whether we may read confidential candidates. */
const afterFirstPage = (happen: () => void): void =>
  history.afterNext('GET', LIST, () => history.afterNext('GET', LIST, happen));

const actions = () => history.lever.actions;
const move = (id: string, stage: string) => actions().move(id, stage);
const people = (count: number, stageId = TAKE_HOME): string[] =>
  Array.from({ length: count }, () => history.creates({ stageId }));

/** In the stage and without a challenge tag: they only fill pages of a hundred. */
const crowd = (count: number): string[] =>
  Array.from({ length: count }, () => history.creates({ stageId: TAKE_HOME, tags: [] }));

describe('pages that shift while they are read', () => {
  let skipped: string;
  let leaver: string;

  /** The list begins with the latest arrival; when that leaves, the first of the second page is skipped. */
  async function fill(brake: string): Promise<void> {
    history = await History.begin({ brake, lever: { pageTokens: 'by-position' } });
    [skipped] = people(1) as [string];
    crowd(99);
    [leaver] = people(1) as [string];
  }
  const leavesAfterPageOne = () => afterFirstPage(() => move(leaver, BEFORE));

  it('miss no one for more than one check', async () => {
    await fill('off');
    leavesAfterPageOne();
    await history.checks();
    expect(history.decisionOn(skipped)).toBeUndefined();
    await history.checks();
    expect(history.invitations(skipped)).toEqual(['Backend linked']);
  });

  it('cancel no one who is queued', async () => {
    await fill('off');
    history.codesubmitFails();
    await history.checks();
    leavesAfterPageOne();
    await history.checks();
    expect(history.invitations(skipped)).toEqual(['Backend queued']);
  });

  it('release no one on hold: they are looked at, and found where they were', async () => {
    await fill('1/10');
    await history.checks();
    expect(history.held()).toEqual({ [skipped]: 'brake', [leaver]: 'brake' });
    history.leverCalls();
    leavesAfterPageOne();
    await history.checks();
    expect(history.leverCalls()['GET /v1/opportunities/:id']).toBe(1);
    expect(history.decisionOn(skipped)).toBe('hold: brake');
  });

  it.each(['off', '2/10'])('show a candidate twice, who counts once (brake %s)', async (brake) => {
    await fill(brake);
    move(leaver, BEFORE);
    const [twice] = people(1) as [string];
    crowd(99);
    afterFirstPage(() => crowd(1));
    await history.checks();
    expect(history.invitations(twice)).toEqual(['Backend linked']);
    expect(history.sent()).toHaveLength(2);
  });
});

describe('a candidate who moves on meanwhile', () => {
  it('and is reported while the check still counts: what the report shows is what holds', async () => {
    history = await History.begin({ brake: '200/10' });
    crowd(100);
    const mover = await history.arrives({ tags: [] });
    actions().addTags(mover, [BACKEND]);
    const route = '/v1/opportunities';
    const slow = { kind: 'delay', when: 'before', delayMs: 5 * SECOND } as const;
    history.lever.faults.set({ ...slow, route, skip: 2, times: 1 });
    afterFirstPage(() => {
      const { stageId } = move(mover, BEFORE);
      void history.reports(mover, 'candidateStageChange', { toStageId: stageId });
    });
    await history.checks();
    expect(history.decisionOn(mover)).toBe('ignore: left_stage');
    expect(history.invitations()).toEqual([]);
  });

  it('and is decided alone while the check still counts: the brake counts them once', async () => {
    history = await History.begin({ brake: '2/10' });
    crowd(100);
    const [reported] = people(2) as [string];
    const route = '/v1/opportunities';
    const slow = { kind: 'delay', when: 'before', delayMs: 5 * SECOND } as const;
    history.lever.faults.set({ ...slow, route, skip: 2, times: 1 });
    afterFirstPage(() => {
      void history.reports(reported, 'candidateArchiveChange', { toArchived: null });
    });
    await history.checks();
    expect(history.counts()).toEqual({ linked: 2 });
  });

  it('and whose webhook’s answer is older than the check’s: it is read again', async () => {
    history = await History.begin();
    const id = await history.arrives({ tags: [] });
    const slow = { kind: 'delay', when: 'after', delayMs: 20 * SECOND } as const;
    history.lever.faults.set({ ...slow, route: '/v1/opportunities/:id', times: 1 });
    history.bridge.haste = 5 * SECOND;
    await history.reports(id, 'candidateArchiveChange', { toArchived: null });
    history.bridge.haste = null;
    actions().addTags(id, [BACKEND]);
    await history.bridge.sweep();
    expect(history.sent()).toHaveLength(1);
    expect(history.decisionOn(id)).toBe('invite');
  });

  it('to another rule’s stage, between two lists, gets what the later one says', async () => {
    history = await History.begin({
      rules: [RULE, ONSITE_RULE.replace('codesubmit:onsite', BACKEND)],
    });
    history.codesubmitFails();
    const [mover] = people(1) as [string];
    afterFirstPage(() => move(mover, ONSITE));
    await history.checks();
    await history.codesubmitReturns();
    expect(history.sent()).toEqual([expect.stringContaining('General')]);
  });
});

describe('while the posting is read', () => {
  beforeEach(async () => {
    history = await History.begin({
      rules: [RULE, FRONTEND_RULE, `stage=${BEFORE};tag=*;challenge=General`],
    });
  });
  const posting = (...tags: string[]) => history.lever.postings.add({ text: 'Engineer', tags }).id;

  it('a candidate who leaves gets nothing by the older read', async () => {
    const id = history.creates({ tags: [FRONTEND], postingId: posting(BACKEND) });
    history.afterNext('GET', /postings/, () => {
      actions().removeTags(id, [BACKEND, FRONTEND]);
      move(id, BEFORE);
    });
    await history.moves(id);
    await history.checks();
    expect(history.sent()).toEqual([expect.stringContaining('General')]);
  });

  it('one look shows its tags, and further checks know them for an hour', async () => {
    history.codesubmitStalls();
    const postingId = posting(BACKEND);
    const id = history.creates({ stageId: TAKE_HOME, tags: [FRONTEND], postingId });
    await history.checks();
    expect(history.invitations(id)).toEqual(['Frontend queued']);
    reads();
    await history.bridge.sweep();
    expect(history.invitations(id)).toEqual(['Frontend queued']);
    expect(reads().looks).toBe(0);
  });

  it.each([
    ['unchanged', [BACKEND], 'invite'],
    ['changed since', [BACKEND, FRONTEND], 'hold: ambiguous_tags'],
  ])('tags read more than a minute ago are read again before they send: %s', async (_, now, is) => {
    const postingId = posting(BACKEND);
    const id = await history.arrives({ tags: [FRONTEND], emails: [], postingId });
    expect(history.decisionOn(id)).toBe('hold: no_email');
    history.lever.postings.setTags(postingId, now);
    history.lever.contacts.setEmails(id, ['ada@example.com']);
    await history.checks();
    expect(history.decisionOn(id)).toBe(is);
    expect(history.sent()).toEqual(is === 'invite' ? ['ada@example.com Frontend'] : []);
  });

  it('a tag that it loses doesn’t pass for the candidate’s own', async () => {
    const postingId = posting(BACKEND, FRONTEND);
    const id = history.creates({ tags: [], postingId });
    history.afterNext('GET', /\/opportunities\//, () =>
      history.lever.postings.setTags(postingId, [FRONTEND]),
    );
    await history.moves(id);
    await history.checks();
    expect(history.sent()).toEqual([expect.stringContaining('Frontend')]);
  });
});

describe('a page is decided before the next is read', () => {
  let first: string;
  let last: string;

  /** The decision on one of each page, as each page is read. */
  async function decisions(brake: string): Promise<unknown[]> {
    history = await History.begin({ brake });
    [last] = people(1) as [string];
    crowd(98);
    [, first] = people(2) as [string, string];
    const decided: unknown[] = [];
    const look = (): void => {
      decided.push([first, last].map((id) => history.decisionOn(id)));
      history.afterNext('GET', LIST, look);
    };
    afterFirstPage(look);
    await history.checks();
    return decided;
  }

  it('where there is no brake', async () => {
    expect(await decisions('off')).toEqual([
      [undefined, undefined],
      ['invite', undefined],
    ]);
  });

  it('as soon as the brake has too many', async () => {
    expect(await decisions('1/10')).toEqual([
      [undefined, undefined],
      ['hold: brake', undefined],
    ]);
    expect(history.decisionOn(last)).toBe('hold: brake');
  });
});

it('all of a stage are decided by one check, and the log says how many', async () => {
  history = await History.begin();
  people(60);
  crowd(60);
  await history.checks();
  expect(history.counts()).toEqual({ linked: 60 });
  const lines = history.log.filter((line) => /sweep|swept|not decided/.test(line)).slice(-1);
  expect(lines).toEqual([expect.stringMatching(/^stage swept .*"people":120\D/)]);
  expect(history.log.join()).not.toMatch(/sweep failed|not decided/);
});

it('no check waits for CodeSubmit’s list, which takes half an hour while it keeps a candidate on hold', async () => {
  history = await History.begin({ codesubmit: { listOrder: 'oldest-first', pageSize: 1 } });
  for (let row = 0; row < 90; row += 1) history.inviteByHand(`ada+${String(row)}@example.com`);
  const held = await history.arrives({ emails: ['ada@example.com'] });
  await history.passes(57);
  expect(history.held()).toEqual({ [held]: 'similar_address' });
  history.codesubmit.faults.set({ kind: 'delay', when: 'after', delayMs: 20 * SECOND });
  await history.bridge.clock.pass(11 * MINUTE);
  const [missed] = people(1);
  await history.bridge.clock.pass(6 * MINUTE);
  expect(history.invitations(missed)).toEqual(['Backend queued']);
});

async function beginWithStages(count: number): Promise<void> {
  history = await History.begin({ settings: { sweepMinutes: 1 } });
  const names = Array.from({ length: count }, (_, at) => `Stage ${String(at)}`);
  for (const text of names) history.lever.account.addStage({ text });
  await history.bridge.setUpAgain(
    names.map((name) => `stage=${name};tag=${BACKEND};challenge=Backend`),
  );
}

it('a check takes a tenth of the calls that Lever allows, at most', async () => {
  await beginWithStages(90);
  history.leverCalls();
  await history.passes(20);
  const perMinute = reads().pages / 20;
  expect(perMinute).toBeGreaterThan(40);
  expect(perMinute).toBeLessThanOrEqual(60);
});

it('checks take a tenth of the time, at most, where Lever answers slowly', async () => {
  await beginWithStages(6);
  history.lever.faults.set({ kind: 'delay', when: 'after', delayMs: 20 * SECOND });
  await history.bridge.clock.pass(5 * MINUTE);
  history.leverCalls();
  await history.bridge.clock.pass(110 * MINUTE);
  // Six pages take two minutes, in which Lever is asked three times whether we may read confidential candidates.
  const { pages } = reads();
  expect(pages).toBeGreaterThan(20);
  expect(pages).toBeLessThanOrEqual(36 + 3);
});

describe('a stage whose list fails', () => {
  let here: string;
  let there: string;

  beforeEach(async () => {
    history = await History.begin({ rules: [RULE, ONSITE_RULE] });
    here = history.creates({ stageId: TAKE_HOME });
    there = history.creates({ stageId: ONSITE, tags: ['codesubmit:onsite'] });
  });

  /** Only the first of the two that are asked for. */
  const breaks = (kind: '5xx' | '429' | 'html' | 'truncated', more = {}) =>
    history.lever.faults.set({ kind, route: '/v1/opportunities', skip: 1, times: 1, ...more });

  it.each(['5xx', '429', 'html'] as const)('(%s) keeps no other waiting for long', async (kind) => {
    breaks(kind);
    await history.checks();
    await history.passes(2);
    expect(history.counts()).toEqual({ linked: 2 });
    expect([here, there].map((id) => history.invitations(id).length)).toEqual([1, 1]);
  });

  it('is named in the problems until it is read', async () => {
    const route = '/v1/opportunities';
    const fault = history.lever.faults.set({ kind: 'html', route });
    await history.later(5 * MINUTE);
    await history.passes(3);
    expect(history.problems()).toContain('sweep_failed');
    history.lever.faults.clear(fault.id);
    await history.passes(10);
    expect(history.problems()).not.toContain('sweep_failed');
  });

  it('is named by its name, and tried again soon with the others', async () => {
    await history.bridge.sweep();
    history.leverCalls();
    const route = '/v1/opportunities';
    const fault = history.lever.faults.set({ kind: 'html', route, skip: 2 });
    await history.later(5 * MINUTE);
    const { what } = history.problem('sweep_failed') ?? {};
    expect(what).toContain(`Candidates in “${ONSITE}” can’t be listed`);
    history.lever.faults.clear(fault.id);
    history.leverCalls();
    await history.passes(2);
    // Whether we may read confidential candidates, and both stages.
    expect(reads()).toEqual({ pages: 3, looks: 0 });
    expect(history.problems()).not.toContain('sweep_failed');
  });

  it('as Lever’s maintenance would, goes last at the next try: it hides no other', async () => {
    await history.bridge.sweep();
    for (const failed of [1, 2]) {
      breaks('5xx', { status: 503 });
      await history.later(5 * MINUTE);
      const unread = history.log.filter((line) => line.startsWith('stage not swept'));
      expect(new Set(unread.map((line) => /"stage":"(.*?)"/.exec(line)?.[1])).size).toBe(failed);
    }
  });

  it('wherever Lever happens to be away in a check: each is read at one of the next', async () => {
    const rule = 'stage=Offer;tag=codesubmit:offer;challenge=General';
    history = await History.begin({ rules: [RULE, ONSITE_RULE, rule] });
    people(1);
    history.creates({ stageId: ONSITE, tags: ['codesubmit:onsite'] });
    history.creates({ stageId: 'Offer', tags: ['codesubmit:offer'] });
    const { requests, faults } = history.lever;
    const begin = requests.begin.bind(requests);
    let lists = 0;
    requests.begin = (seen) => {
      // Every second list of a stage.
      if (LIST.test(seen.path) && 'stage_id' in (seen.query as object) && (lists += 1) % 2 === 0)
        faults.set({ kind: '5xx', status: 503, route: '/v1/opportunities', times: 1 });
      return begin(seen);
    };
    await history.passes(10);
    expect(history.counts()).toEqual({ linked: 3 });
  });

  it('because Lever asks to wait: no other is asked for meanwhile', async () => {
    history.leverCalls();
    breaks('429', { retryAfter: 50 });
    await history.later(5 * MINUTE);
    await history.later(20 * SECOND);
    expect(reads()).toEqual({ pages: 2, looks: 0 });
    await history.passes(2);
    expect(history.counts()).toEqual({ linked: 2 });
  });

  it('on a later page misses no one of the pages before it', async () => {
    crowd(100);
    breaks('truncated', { skip: 2 });
    people(1);
    await history.later(5 * MINUTE);
    expect(history.sent()).not.toEqual([]);
    await history.passes(10);
    expect(history.counts()).toEqual({ linked: 3 });
  });
});

it.each([{ kind: '5xx', status: 502 }, { kind: 'html' }] as const)(
  'the check that ends two hours of $kind from Lever ends the wait of those reported meanwhile',
  async (fault) => {
    history = await History.begin();
    history.lever.faults.set(fault);
    await history.arrives();
    await history.passes(130);
    history.lever.faults.clear();
    await history.passes(6);
    expect(history.counts()).toEqual({ linked: 1 });
  },
);

it.each([
  { vendor: 'lever', route: '/v1/opportunities', pages: 2 },
  { vendor: 'codesubmit', route: '/api/external/tests', pages: 0 },
] as const)(
  'a daemon that is stopped during a check, at $route, asks for nothing more, and doesn’t count it as made',
  async ({ vendor, route, pages }) => {
    history = await History.begin({ rules: [RULE, ONSITE_RULE] });
    const { bridge } = history;
    const lastCheck = () =>
      bridge.alone((app) =>
        Promise.resolve(readStatus(app, { limit: 1, problems: [] }).integration.lastSweepAt),
      );
    const before = await lastCheck();
    crowd(101);
    const slow = { kind: 'delay', when: 'after', delayMs: 5 * SECOND } as const;
    // Lever’s first answer only says whether we may read confidential candidates.
    history[vendor].faults.set({ ...slow, route, skip: vendor === 'lever' ? 1 : 0, times: 1 });
    bridge.haste = SECOND;
    history.leverCalls();
    await history.checks();
    bridge.haste = null;
    await bridge.rest();
    expect(reads()).toEqual({ pages, looks: 0 });
    expect(await lastCheck()).toBe(before);
    await bridge.wake();
    expect(await lastCheck()).not.toBe(before);
  },
);
