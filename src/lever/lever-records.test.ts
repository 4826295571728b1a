/** Lever's records, complete and broken. */
import { describe, expect, it } from 'vitest';
import { parseNoteId, parseOpportunity } from './lever-records.js';

const CREATED = Date.UTC(2026, 8, 1);
const MOVED = CREATED + 900_000;
const ARCHIVED = CREATED + 5_000_000;

it('reads a complete record', () => {
  const record = {
    id: 'o',
    name: 'Ada Lovelace',
    contact: { id: 'c', name: 'Ada' },
    stage: 's',
    stageChanges: [
      { toStageId: 'before', toStageIndex: 0, userId: null, updatedAt: CREATED },
      { toStageId: 's', toStageIndex: 1, userId: 'u', updatedAt: MOVED },
    ],
    lastAdvancedAt: 99_999,
    createdAt: CREATED,
    emails: ['ada@example.com', null, 3, 'unknown'],
    tags: ['codesubmit:backend'],
    links: ['https://x.example'],
    archived: { reason: 'r', archivedAt: 9 },
    isAnonymized: true,
    dataProtection: { store: { allowed: true }, contact: { allowed: false, expiresAt: null } },
    applications: [{ posting: { id: 'p' } }],
    urls: { show: 'https://hire.lever.co/candidates/o' },
    somethingNew: {},
  };
  expect(parseOpportunity(record)).toEqual({
    id: 'o',
    name: 'Ada Lovelace',
    contactId: 'c',
    stageId: 's',
    visitAt: MOVED,
    movedAt: MOVED,
    emails: ['ada@example.com'],
    tags: ['codesubmit:backend'],
    links: ['https://x.example'],
    isArchived: true,
    isAnonymized: true,
    consent: { isStoreRefused: false, isContactRefused: true, expiresAt: null },
    postingId: 'p',
    url: 'https://hire.lever.co/candidates/o',
  });
});

const hollow = {
  name: '',
  contactId: null,
  stageId: null,
  visitAt: 0,
  movedAt: null,
  emails: [],
  tags: [],
  links: [],
  isArchived: false,
  isAnonymized: false,
  consent: { isStoreRefused: false, isContactRefused: false, expiresAt: null },
  postingId: null,
  url: null,
};

it.each([
  {},
  { name: 3, contact: 4, stage: {}, lastAdvancedAt: 'soon', emails: 'x', tags: {}, links: null },
  { archived: null, isAnonymized: null, dataProtection: null, applications: null, urls: [] },
  { dataProtection: { contact: { allowed: true } }, applications: ['a'], urls: { show: 1 } },
  { dataProtection: { contact: { allowed: null } }, applications: [{ posting: 5 }] },
])('reads %j as an empty record', (fields) => {
  expect(parseOpportunity({ id: 'o', ...fields })).toEqual({ id: 'o', ...hollow });
});

const HERE = 'here';
const THERE = 'there';
const to = (toStageId: unknown, updatedAt: unknown) => ({ toStageId, updatedAt });
describe('the visit', () => {
  const visitOf = (stageChanges: unknown, record: object = {}) => {
    const times = { createdAt: CREATED, lastAdvancedAt: ARCHIVED };
    const parsed = parseOpportunity({ id: 'o', stage: HERE, ...times, stageChanges, ...record });
    return [parsed?.visitAt, parsed?.movedAt];
  };

  it.each<[string, unknown, unknown]>([
    ['moved here', [to(THERE, CREATED), to(HERE, MOVED)], [MOVED, MOVED]],
    ['created here', [to(HERE, CREATED)], [CREATED, null]],
    [
      'came back',
      [to(HERE, CREATED), to(THERE, MOVED), to(HERE, MOVED + 9)],
      [MOVED + 9, MOVED + 9],
    ],
    ['changes in another order', [to(HERE, MOVED), to(THERE, CREATED)], [MOVED, MOVED]],
    ['a last change elsewhere', [to(HERE, CREATED), to(THERE, MOVED)], [CREATED, null]],
    [
      'put here by the creation, a moment after it',
      [to(THERE, CREATED), to(HERE, CREATED + 60_000)],
      [CREATED + 60_000, null],
    ],
    ['an expanded stage', [to({ id: HERE }, MOVED)], [MOVED, null]],
    ['no changes', [], [ARCHIVED, null]],
    ['changes left out', undefined, [ARCHIVED, null]],
    ['changes of another type', 'x', [ARCHIVED, null]],
    ['changes to other stages alone', [to(THERE, MOVED)], [ARCHIVED, null]],
    ['a change without a time', [to(HERE, CREATED), to(HERE, null)], [ARCHIVED, null]],
    ['a change with no time', [to(HERE, 'soon')], [ARCHIVED, null]],
    ['entries of another type', [null, 7, to(HERE, MOVED)], [MOVED, null]],
    ['a fraction of a millisecond', [to(HERE, MOVED + 0.5)], [MOVED, null]],
    ['a time beyond every date', [to(HERE, 1e20)], [ARCHIVED, null]],
  ])('%s', (_case, stageChanges, expected) => {
    expect(visitOf(stageChanges)).toEqual(expected);
  });

  it('is the creation where nothing else is known', () => {
    expect(visitOf([], { lastAdvancedAt: null })).toEqual([CREATED, null]);
    expect(visitOf([], { lastAdvancedAt: null, createdAt: null })).toEqual([0, null]);
    expect(visitOf([], { lastAdvancedAt: 1e20, createdAt: -1e20 })).toEqual([0, null]);
  });

  it('without a stage it is Lever’s last advance', () => {
    expect(visitOf([to(null, MOVED)], { stage: null })).toEqual([ARCHIVED, null]);
  });
});

it.each([
  ...[null, 'o', [], {}, { id: 7 }, { id: '' }],
  ...['a/b', 'a\\b', '..', 'a b', 'a\n', 'a\u202eb', 'x'.repeat(201), '\ud800'].map((id) => ({
    id,
  })),
])('%j is no opportunity', (record) => {
  expect(parseOpportunity(record)).toBeNull();
});

const NEW_YEAR = Date.UTC(2026, 0, 1);

it.each<[dataProtection: unknown, expected: object]>([
  [null, {}],
  [undefined, {}],
  ['no', {}],
  [[], {}],
  [{}, {}],
  [{ interviewIntelligence: { allowed: false, expiresAt: 1 } }, {}],
  [{ store: null, contact: null }, {}],
  [{ store: false, contact: 'no' }, {}],
  [{ store: {}, contact: {} }, {}],
  [{ store: { allowed: null }, contact: { allowed: 'false' } }, {}],
  [{ store: { allowed: 0 }, contact: { allowed: '' } }, {}],
  [{ contact: { allowed: false } }, { isContactRefused: true }],
  [{ store: { allowed: false } }, { isStoreRefused: true }],
  [{ store: { allowed: false }, contact: null }, { isStoreRefused: true }],
  [{ store: 3, contact: { allowed: false } }, { isContactRefused: true }],
  [{ contact: { allowed: true, expiresAt: NEW_YEAR } }, { expiresAt: NEW_YEAR }],
  [{ contact: { expiresAt: NEW_YEAR } }, { expiresAt: NEW_YEAR }],
  [
    { store: { expiresAt: NEW_YEAR }, contact: { expiresAt: NEW_YEAR + 1 } },
    { expiresAt: NEW_YEAR },
  ],
  [{ store: { expiresAt: NEW_YEAR } }, { expiresAt: NEW_YEAR }],
  ...[null, undefined, '', 'never', 0, -1, NaN, true, {}, [NEW_YEAR]].map(
    (expiresAt): [unknown, object] => [{ contact: { allowed: true, expiresAt } }, {}],
  ),
])('data protection %j: %j', (dataProtection, expected) => {
  const said = { isStoreRefused: false, isContactRefused: false, expiresAt: null };
  const record = { id: 'o', dataProtection };
  expect(parseOpportunity(record)?.consent).toEqual({ ...said, ...expected });
});

it('leaves out what is too long, and shortens only names', () => {
  const long = (length: number) => 'x'.repeat(length);
  const parsed = parseOpportunity({
    id: 'o',
    name: `${long(199)}😀${long(9)}`,
    emails: [long(255), 'ada@example.com'],
    tags: [long(301), 'codesubmit:backend'],
    links: [`https://x.example/${long(2_048)}`, 'https://x.example'],
    urls: { show: long(2_049) },
  });
  expect(parsed).toMatchObject({
    name: long(199),
    emails: ['ada@example.com'],
    tags: ['codesubmit:backend'],
    links: ['https://x.example'],
    url: null,
  });
});

it('accepts no address of a profile with more than a hundred', () => {
  const emails = (count: number) => Array.from({ length: count }, (_, at) => `p${at}@example.com`);
  expect(parseOpportunity({ id: 'o', emails: emails(100) })?.emails).toHaveLength(100);
  expect(parseOpportunity({ id: 'o', emails: emails(101) })?.emails).toEqual([]);
});

it('a note’s id is read under either name, whatever the other one holds', () => {
  const id = '4b8ed3a0-3c1f-4a7f-9f43-6f2e3c1d5a10';
  expect([{ id, noteId: 7 }, { id: 7, noteId: id }, { noteId: 7 }].map(parseNoteId)).toEqual([
    id,
    id,
    null,
  ]);
});
