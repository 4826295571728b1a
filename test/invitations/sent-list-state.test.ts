/** What is stored about CodeSubmit's lists: which times still hold, how challenges are known, what a row may be of. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChallengeId, VendorInvitationId } from '../../src/domain/ids.js';
import { NEVER_READ, type ListedRow, type SentListState } from '../../src/store/sent-list-store.js';
import { type Tx } from '../../src/store/database/database.js';
import { StoreRig } from '../rigs/store.js';

const HOUR = 3_600_000;
let store: StoreRig;

beforeEach(() => {
  store = new StoreRig();
  return () => store.close();
});

const write = (fn: (tx: Tx) => void) => store.app.database.lend(fn);
const now = () => store.clock.now();

/** The copy and the end of a reading that ended this long ago by our clock. */
const readBefore = (ms: number) => {
  const at = now() - ms;
  const copy = {
    ...{ reading: 1, vendorAt: at, vendorEndAt: at, endedAt: at, whole: 1, wholeAt: at },
    ...{ durationMs: 1, isHeadEnough: true, nameless: 0 },
  };
  return { copy, ended: { reading: 1, beganAt: at, vendorAt: at, isComplete: true } };
};

const stateAfter = (stored: Partial<SentListState>, change: 'resume' | 'forgetTimes') => {
  write((tx) => store.app.list.set(tx, stored));
  write((tx) => store.app.list[change](tx, now()));
  return store.app.list.state();
};

describe('a process that starts', () => {
  it('keeps what was read before', () => {
    const stored = readBefore(0);
    expect(stateAfter(stored, 'resume')).toEqual({ ...NEVER_READ, ...stored });
  });

  it('believes no time that is ahead of its clock', () => {
    const { copy, ended } = readBefore(HOUR);
    const aheadAt = now() + 1;
    expect(stateAfter({ copy: { ...copy, endedAt: aheadAt }, ended }, 'resume')).toEqual(
      NEVER_READ,
    );
    expect(stateAfter({ copy: { ...copy, wholeAt: aheadAt }, ended }, 'resume')).toEqual(
      NEVER_READ,
    );
    expect(stateAfter({ copy, ended: { ...ended, beganAt: aheadAt } }, 'resume')).toEqual(
      NEVER_READ,
    );
  });

  it('waits for no other process’s reading', () => {
    const progress = { beganAt: now(), readAt: now(), rows: 1, of: null };
    expect(stateAfter({ progress }, 'resume')).toEqual(NEVER_READ);
  });

  it('counts no trouble while nothing ran', () => {
    const trouble = {
      since: now() - 3 * HOUR,
      until: now() - 2 * HOUR,
      error: '502',
      isLasting: true,
    };
    const resumed = { ...trouble, since: now() - HOUR, until: now() };
    expect(stateAfter({ trouble }, 'resume').trouble).toEqual(resumed);
  });
});

it('after a jump of the calendar nothing is proved, and the next reading is whole', () => {
  const { copy, ended } = readBefore(HOUR);
  const after = stateAfter({ copy, ended }, 'forgetTimes');
  expect(after).toEqual({ ...NEVER_READ, copy: { ...copy, endedAt: now(), wholeAt: 0 } });
  expect(stateAfter({ copy: null, ended }, 'forgetTimes')).toEqual(NEVER_READ);
});

it('CodeSubmit’s time is its date at the last reading and what has passed since, else ours', () => {
  expect(store.app.list.vendorTime(7)).toBe(7);
  const { copy } = readBefore(0);
  write((tx) => store.app.list.set(tx, { copy: { ...copy, vendorEndAt: 500 } }));
  expect(store.app.list.vendorTime(now() + 30)).toBe(530);
  expect(store.app.list.vendorTime(now() - 30)).toBe(500);
});

const offered = (id: string, name: string, isArchived = false) => ({
  id: id as ChallengeId,
  name,
  isArchived,
});
const BACKEND = offered('a', 'Backend');
const FRONTEND = offered('b', 'Frontend');
const known = () => store.app.list.challenges();
const offer = (isWhole: boolean, ...challenges: ReturnType<typeof offered>[]) =>
  write((tx) => store.app.list.storeOffer(tx, { challenges, isWhole }));

describe('CodeSubmit’s challenges', () => {
  it('are known in one order, whatever the list’s', () => {
    offer(true, FRONTEND, BACKEND);
    const both = known();
    expect(both).toEqual([BACKEND, FRONTEND].map((one) => ({ ...one, formerNames: [] })));
    offer(true, BACKEND, FRONTEND);
    expect(known()).toBe(both);
  });

  it('stay when an incomplete list lacks them, and become what it shows', () => {
    offer(false, BACKEND);
    offer(false, FRONTEND);
    expect(known()).toMatchObject([BACKEND, FRONTEND]);
    offer(false, offered('a', 'Server'));
    expect(known()).toMatchObject([{ name: 'Server', formerNames: ['Backend'] }, FRONTEND]);
    offer(true, FRONTEND);
    expect(known()).toMatchObject([FRONTEND]);
  });

  it('keep their former names, the newest first', () => {
    for (const name of ['Backend', 'Server', 'Backend', 'API']) offer(true, offered('a', name));
    expect(known()).toMatchObject([{ name: 'API', formerNames: ['Backend', 'Server'] }]);
    for (const name of ['1', '2', '3', '4', '5', '6']) offer(true, offered('a', name));
    expect(known()[0]?.formerNames).toEqual(['5', '4', '3', '2', '1']);
  });
});

const rowOf = (
  id: string,
  challengeId: string | null,
  email = 'ada@example.com',
): ListedRow & { id: VendorInvitationId } => ({
  ...{ id: id as VendorInvitationId, challengeId: challengeId as ChallengeId | null, email },
  ...{ link: null, status: null, commitsCount: null, score: null, report: null, created: null },
});
const put = (...rows: ReturnType<typeof rowOf>[]) =>
  write((tx) => {
    for (const row of rows) store.app.list.storeRow(tx, row, 1);
  });
/** Rows that may be Ada's for the challenge, without those that went to her very address for it. */
const similar = () => {
  const hash = store.app.sealer.hashEmail('ada@example.com');
  const found = store.app.list.findOfPerson([hash], [hash], BACKEND.id);
  return found.map(({ id }) => id).toSorted();
};

it('a row of an unlisted challenge may be of any, until rows have shown listed ids', () => {
  offer(true, BACKEND, FRONTEND);
  put(rowOf('unlisted', 'z'), rowOf('another', FRONTEND.id), rowOf('unread', null));
  expect(similar()).toEqual(['unlisted', 'unread']);
  write((tx) => store.app.list.set(tx, { isIdShown: true }));
  expect(similar()).toEqual(['unread']);
});

it('a row of the challenge is similar if it went to another form of the address', () => {
  put(rowOf('own', BACKEND.id), rowOf('plus', BACKEND.id, 'ada+jobs@example.com'));
  expect(similar()).toEqual(['plus']);
});

it.each([
  [0, 1, false],
  [1, 1, true],
  [11, 1, true],
  [11, 2, false],
  [20, 1, true],
  [20, 2, false],
])(
  '%i rows with an address, and %i without an id, which count as without: %s',
  (n, nameless, is) => {
    for (let one = 0; one < n; one += 1) put(rowOf(`row-${one}`, BACKEND.id));
    expect(store.app.list.isRecognised({ nameless })).toBe(is);
  },
);
