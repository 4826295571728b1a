import { describe, expect, it } from 'vitest';
import { ApiError, AppError, type ApiErrorFacts } from '../../domain/errors.js';
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import type { LeverWriter } from '../../domain/lever-ports.js';
import { VendorAccess } from '../vendor-access.js';
import type { Delay, WritebackOrder } from './writeback.js';
import { type WritebackQueue, Writer } from './writer.js';

const LINK = 'https://app.codesubmit.io/c/example/1/2';
const SETTLE_MS = 5_000;
const clock = { now: () => 0, monotonicMs: () => 0 };
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const BUSY = new AppError('storage_busy', 'The database is in use.', 'Run it again.');

/**
 * A Lever with fixed behaviour: what its replies to a write show, and what it contains when asked.
 */
interface Answers {
  shows?: string[];
  holds?: string[] | null;
  hasNote?: boolean | null;
  namesNote?: boolean;
  /** What each call throws; with `failsOn` only the calls that begin like this. */
  fails?: Error;
  failsOn?: string;
}

/**
 * One attempt against a Lever that failed nine times before; also when it is due again, and how
 * long the next pause is.
 */
async function attemptAtLength(attempts: number, order: WritebackOrder, lever: Answers) {
  const calls: string[] = [];
  const settled: string[] = [];
  const dues: number[] = [];
  const call = async <T>(name: string, answer: T): Promise<T> => {
    calls.push(name);
    if (lever.fails && name.startsWith(lever.failsOn ?? '')) throw lever.fails;
    return answer;
  };
  const writer: LeverWriter = {
    readLinks: () => call('read', lever.holds ?? null),
    addLink: () => call('add', lever.shows ?? []),
    readTags: () => call('read', lever.holds ?? null),
    addTags: (_id, tags) => call(`add ${tags.join()}`, lever.shows ?? []),
    removeTags: (_id, tags) => call(`remove ${tags.join()}`, []),
    hasNote: () => call('look', lever.hasNote ?? null),
    addNote: (_id, text) => call(`note ${text}`, lever.namesNote ?? true),
    asksForActingUser: ({ status }) => status === 400,
  };
  const store = {
    settleDone: async () => settled.push('done'),
    settleParked: async () => settled.push('parked'),
    settleLater: async (_owed: unknown, { dueAt, lookAt = 0, usesAttempt }: Delay) => {
      settled.push(usesAttempt ? 'later' : 'paused');
      dues.push(Math.max(dueAt, lookAt));
    },
    settleHeld: async ({ isSent }: { isSent: boolean }) =>
      settled.push(isSent ? 'held after a write' : 'held'),
    settleUnauthorized: async ({ isSent }: { isSent: boolean }) =>
      settled.push(isSent ? 'unauthorized after a write' : 'unauthorized'),
    release: async (_owed: unknown, { dueAt, lookAt = 0, why, usesAttempt }: Delay) => {
      settled.push(`released${usesAttempt ? '' : ', attempt given back'}: ${why}`);
      dues.push(Math.max(dueAt, lookAt));
    },
  } as unknown as WritebackQueue;
  const refusals = { note: async () => undefined };
  const deps = { clock, random: () => 0, refusals };
  const access = new VendorAccess('lever', () => writer, deps);
  for (let failure = 0; failure < 9; failure += 1) access.pause(refusal({ kind: 'unavailable' }));
  const attempt = new Writer({ store, lever: access, settleMs: () => SETTLE_MS, clock, log });
  const owed = {
    id: 1,
    kind: order.kind,
    invitationId: 1 as InvitationId,
    opportunityId: 'an-opportunity' as OpportunityId,
    attempts,
    claim: 'claim',
    wanted: order.kind === 'tag' ? order.wanted : null,
    isSent: false,
    order,
  };
  try {
    await attempt.write(owed);
  } catch (error) {
    await attempt.release(owed, error);
  }
  const nextPauseMs = access.pause(refusal({ kind: 'unavailable' }));
  return { result: { calls, settled }, dues, nextPauseMs };
}

/** One attempt; returns what was called and how it was settled. */
async function attempt(attempts: number, order: WritebackOrder, lever: Answers) {
  return (await attemptAtLength(attempts, order, lever)).result;
}

describe('a link', () => {
  const link = { kind: 'link', link: LINK, isNew: true } as const;

  it('that is new is added without a look, and a reply that shows it is believed', async () => {
    expect(await attempt(0, link, { shows: [`${LINK}/`], holds: [] })).toEqual({
      calls: ['add'],
      settled: ['done'],
    });
  });

  it('that a 2xx does not show is read back, and stays pending until it is there', async () => {
    const holds = ['app.codesubmit.io/c/example/1/2'];
    expect(await attempt(0, link, { holds })).toEqual({
      calls: ['add', 'read'],
      settled: ['done'],
    });
    expect(await attempt(0, link, { holds: [] })).toEqual({
      calls: ['add', 'read'],
      settled: ['later'],
    });
  });

  it('is looked for before it is added again, so a lost answer doesn’t duplicate it', async () => {
    expect(await attempt(1, link, { holds: [LINK] })).toEqual({
      calls: ['read'],
      settled: ['done'],
    });
  });

  it('that is shared or was made manually is looked for first', async () => {
    const shared = { ...link, isNew: false };
    expect((await attempt(0, shared, { holds: [LINK] })).calls).toEqual(['read']);
    expect((await attempt(0, shared, { holds: [], shows: [LINK] })).calls).toEqual(['read', 'add']);
  });

  it('of a hidden candidate is parked', async () => {
    expect(await attempt(1, link, { holds: null })).toEqual({
      calls: ['read'],
      settled: ['parked'],
    });
  });
});

describe('a note', () => {
  const note: WritebackOrder = {
    kind: 'note',
    text: 'Done.',
    mark: '[m]',
  };

  it('is written with its mark, without a look the first time', async () => {
    expect(await attempt(0, note, {})).toEqual({
      calls: ['note Done.\n\n[m]'],
      settled: ['done'],
    });
  });

  it('is looked for by its mark before it is written again', async () => {
    expect(await attempt(1, note, { hasNote: true })).toEqual({
      calls: ['look'],
      settled: ['done'],
    });
    expect(await attempt(1, note, { hasNote: false })).toEqual({
      calls: ['look', 'note Done.\n\n[m]'],
      settled: ['done'],
    });
    expect(await attempt(1, note, { hasNote: null })).toEqual({
      calls: ['look'],
      settled: ['parked'],
    });
  });

  it('that the reply does not name is looked for later', async () => {
    expect((await attempt(0, note, { namesNote: false })).settled).toEqual(['later']);
  });

  it('that can’t be looked for is not written a second time', async () => {
    const route = 'GET /opportunities/:id/notes';
    expect(await attempt(1, note, { fails: refusal({ route, status: 403 }) })).toEqual({
      calls: ['look'],
      settled: ['later'],
    });
  });
});

describe('a tag', () => {
  const tag = (wanted: string | null, ...ours: string[]) =>
    ({ kind: 'tag', wanted, ours }) as const;
  const others = ['Backend', 'cs: started later', 'cs: submitted'];

  it('is set without a look where none of ours can be', async () => {
    expect(await attempt(0, tag('cs: invited'), { shows: ['CS: Invited'] })).toEqual({
      calls: ['add cs: invited'],
      settled: ['done'],
    });
  });

  it('is set after the old one is gone, and other tags stay', async () => {
    const holds = [...others, 'CS: invited '];
    const shows = ['cs: started'];
    expect(await attempt(0, tag('cs: started', 'cs: invited'), { holds, shows })).toEqual({
      calls: ['read', 'remove CS: invited ', 'add cs: started'],
      settled: ['done'],
    });
  });

  it('that is there already is not added again', async () => {
    const holds = [...others, 'cs: started'];
    expect(await attempt(1, tag('cs: started', 'cs: started'), { holds })).toEqual({
      calls: ['read'],
      settled: ['done'],
    });
  });

  it('is only removed when no tag is due', async () => {
    const holds = [...others, 'cs: invited'];
    expect(await attempt(0, tag(null, 'cs: invited'), { holds })).toEqual({
      calls: ['read', 'remove cs: invited'],
      settled: ['done'],
    });
    expect(await attempt(0, tag(null, 'cs: invited'), { holds: others })).toEqual({
      calls: ['read'],
      settled: ['done'],
    });
  });

  it('that the reply does not show is read back', async () => {
    expect(await attempt(0, tag('cs: invited'), { holds: ['cs: invited'] })).toEqual({
      calls: ['add cs: invited', 'read'],
      settled: ['done'],
    });
    expect((await attempt(0, tag('cs: invited'), { holds: [] })).settled).toEqual(['later']);
  });

  it('of a hidden candidate is parked', async () => {
    expect((await attempt(0, tag('b', 'a'), { holds: null })).settled).toEqual(['parked']);
  });
});

it('a missing acting user holds everything, another refusal waits, and a rate limit uses up no attempt', async () => {
  const link = { kind: 'link', link: LINK, isNew: true } as const;
  const settled = async (fails: ApiError) => (await attempt(0, link, { fails })).settled;
  expect(await settled(refusal({ status: 400 }))).toEqual(['held']);
  expect(await settled(refusal({ status: 403 }))).toEqual(['later']);
  expect(await settled(refusal({ kind: 'rate_limited', status: 429 }))).toEqual(['paused']);
});

describe('once a write was accepted', () => {
  const orders: [string, number, WritebackOrder, string][] = [
    ['link', 0, { kind: 'link', link: LINK, isNew: true }, 'read'],
    ['tag', 0, { kind: 'tag', wanted: 'b', ours: [] }, 'read'],
  ];

  it.each(orders)('a %s uses its attempt up, whatever the look after it gets', async (...of) => {
    const [, attempts, order, failsOn] = of;
    const settled = async (fails: Error) =>
      (await attempt(attempts, order, { shows: [], failsOn, fails })).settled;
    expect(await settled(refusal({ kind: 'rate_limited', status: 429 }))).toEqual(['later']);
    expect(await settled(refusal({ kind: 'unavailable', status: 503 }))).toEqual(['later']);
    expect(await settled(refusal({ kind: 'unauthorized', status: 401 }))).toEqual([
      'unauthorized after a write',
    ]);
    expect(await settled(BUSY)).toEqual([`released: ${BUSY.message}`]);
    expect(await settled(new RangeError('ada@example.com'))).toEqual([
      'released: an unexpected error',
    ]);
  });

  it('also when the old tag was removed and the new one must wait', async () => {
    const tag: WritebackOrder = { kind: 'tag', wanted: 'b', ours: ['a'] };
    const fails = refusal({ kind: 'rate_limited', status: 429 });
    const answers = { holds: ['a'], failsOn: 'add', fails };
    expect((await attempt(0, tag, answers)).settled).toEqual(['later']);
  });

  it('the next look waits for the settling time', async () => {
    const link: WritebackOrder = { kind: 'link', link: LINK, isNew: true };
    const dues = async (answers: Answers) => (await attemptAtLength(0, link, answers)).dues;
    expect(await dues({ holds: [] })).toEqual([SETTLE_MS]);
    expect(await dues({ fails: refusal({ kind: 'unknown_outcome' }) })).toEqual([SETTLE_MS]);
    expect(await dues({ fails: new RangeError() })).toEqual([SETTLE_MS]);
    expect(await dues({ fails: refusal({ kind: 'refused', status: 409 }) })).toEqual([750]);
  });
});

it('a disk error before the call refunds its attempt, and a bug of ours does not', async () => {
  const link: WritebackOrder = { kind: 'link', link: LINK, isNew: false };
  const settled = async (fails: Error, failsOn = 'read') =>
    (await attempt(0, link, { holds: [], failsOn, fails })).settled;
  const givenBack = [`released, attempt given back: ${BUSY.message}`];
  expect(await settled(BUSY)).toEqual(givenBack);
  expect(await settled(BUSY, 'add')).toEqual(givenBack);
  expect(await settled(new RangeError())).toEqual(['released: an unexpected error']);
});

it('waits longer after each attempt, and as long as Lever’s pause when it asks for one', async () => {
  const link: WritebackOrder = { kind: 'link', link: LINK, isNew: true };
  const due = async (attempts: number, answers: Answers) =>
    (await attemptAtLength(attempts, link, answers)).dues[0];
  const notShown = { holds: [], shows: [] };
  expect(await due(5, notShown)).toBe(24_000);
  expect(await due(5, { fails: BUSY })).toBe(24_000);
  expect(await due(5, { fails: refusal({ status: 409 }) })).toBe(24_000);
  const limited = refusal({ kind: 'rate_limited', status: 429 });
  expect(await due(0, { fails: limited })).toBe(60_000);
  expect(await due(0, { failsOn: 'read', fails: limited, shows: [] })).toBe(60_000);
});

it('an answer ends the series of failures that lengthens the pauses', async () => {
  const link: WritebackOrder = { kind: 'link', link: LINK, isNew: true };
  const after = async (answers: Answers) => (await attemptAtLength(0, link, answers)).nextPauseMs;
  expect(await after({ shows: [LINK] })).toBe(750);
  expect(await after({ fails: refusal({ status: 409 }) })).toBe(60_000);
});

function refusal(facts: Partial<ApiErrorFacts>): ApiError {
  const route = 'POST /opportunities/:id/addLinks';
  return new ApiError({ vendor: 'lever', kind: 'refused', route, reason: 'refused', ...facts });
}
