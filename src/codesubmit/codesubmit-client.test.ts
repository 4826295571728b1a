/** Requests to CodeSubmit and how its answers are read, over real HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  openRecordingServer,
  type RecordingServer,
} from '../../test/support/local-server.js';
import { AppError } from '../domain/errors.js';
import type { ChallengeId } from '../domain/ids.js';
import type { ChallengeOrder } from '../domain/challenges.js';
import { effectiveSettings, type Settings } from '../store/settings/settings.js';
import { CodeSubmitClient } from './codesubmit-client.js';

let vendor: RecordingServer;
let answer: (url: URL) => Answer;

beforeEach(async () => {
  vendor = await openRecordingServer((url) => answer(url));
});
afterEach(() => vendor.close());

function codesubmit(options: Partial<Settings> = {}): CodeSubmitClient {
  const settings = effectiveSettings({ codesubmitUrl: `${vendor.origin}/`, ...options }, {});
  return new CodeSubmitClient({ version: '0' }, settings, 'key');
}

const at = (ms: number) => ({ from: ms, until: ms });

const order: ChallengeOrder = {
  challengeId: '12' as ChallengeId,
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  dueAt: null,
  timeLimitMinutes: null,
};

describe('the address', () => {
  it('is an origin, https except on loopback', () => {
    for (const codesubmitUrl of [
      'https://app.codesubmit.io/api',
      'http://app.codesubmit.io',
      'x',
    ]) {
      expect(() => codesubmit({ codesubmitUrl })).toThrow(AppError);
    }
    expect(() => codesubmit({ codesubmitUrl: 'https://app.codesubmit.io/' })).not.toThrow();
  });
});

describe('a result', () => {
  const sent = async (row: object) => {
    answer = () => [201, { id: 7, ...row }];
    const { score, report } = await codesubmit().send(order);
    return { score, report };
  };

  it.each<[score: unknown, read: string | null]>([
    [87, '87'],
    [0, '0'],
    [' 87 % ', '87 %'],
    [null, null],
    [true, null],
    ['Good\nwork', null],
    ['x'.repeat(41), null],
  ])('score %j: %j', async (score, read) => {
    expect(await sent({ score })).toMatchObject({ score: read });
  });

  it('is a report only on CodeSubmit’s own origin, and never a candidate’s link', async () => {
    const report = async (report_url: string) =>
      (await sent({ candidate_meta: { report_url } })).report;
    expect(await report(`${vendor.origin}/reports/7`)).toBe(`${vendor.origin}/reports/7`);
    const own = 'https://app.codesubmit.io/reports/7';
    expect(await report(own)).toBe(own);
    expect(await report(`${vendor.origin}/c/acme/1/2`)).toBeNull();
    expect(await report('https://elsewhere.example/reports/7')).toBeNull();
  });
});

describe('sending', () => {
  it('sends the order by its documented names and reads the reply', async () => {
    const link = `${vendor.origin}/c/acme/1/2`;
    const createdAt = '2026-09-01T10:00:00Z';
    const test = { id: 12, name: 'Backend' };
    const rest = { status: '3', commits_count: 0, created_at: createdAt, candidate_meta: { link } };
    answer = () => [201, { id: 7, email: 'ada@example.com', test, ...rest }];
    expect(await codesubmit().send(order)).toMatchObject({
      id: '7',
      challenge: { ids: ['12'], names: ['Backend'] },
      email: 'ada@example.com',
      link,
      status: 3,
      commitsCount: 0,
      created: at(1788256800000),
      score: null,
      report: null,
    });
    expect(vendor.requests[0]).toMatchObject({
      line: 'POST /api/external/candidates',
      headers: { 'x-api-key': 'key' },
    });
    expect(JSON.parse(vendor.requests[0]?.body ?? '')).toEqual({
      test_id: '12',
      email: 'ada@example.com',
      first_name: 'Ada',
      last_name: 'Lovelace',
    });
  });

  it('adds due date and time limit when set, and reads other paths when told', async () => {
    answer = () => [200, { id: 'x', made: { of: 'backend' } }];
    const due = { ...order, dueAt: 1788256800000, timeLimitMinutes: 90 };
    const sent = await codesubmit({ listChallengePath: 'made.of' }).send(due);
    expect(sent).toMatchObject({ id: 'x', challenge: { ids: ['backend'] }, created: null });
    expect(JSON.parse(vendor.requests[0]?.body ?? '')).toMatchObject({
      due_at: '2026-09-01T10:00:00.000Z',
      time_limit: 90,
    });
  });

  it.each(['<html>', '', 'null', '[]', '"ok"'])('%j under a 200 is unknown', async (body) => {
    answer = () => [200, body];
    await expect(codesubmit().send(order)).rejects.toMatchObject({ kind: 'unknown_outcome' });
  });

  it('an object without a readable id still counts as sent', async () => {
    answer = () => [200, { id: null, email: 7 }];
    expect(await codesubmit().send(order)).toMatchObject({ id: null, email: null, link: null });
  });

  it('a refusal carries its body, and the message neither address nor key', async () => {
    answer = () => [400, { email: ['ada@example.com is no valid address'] }];
    const error: unknown = await codesubmit()
      .send(order)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      kind: 'refused',
      status: 400,
      message: 'codesubmit POST /api/external/candidates: 400 refused',
      body: { email: ['ada@example.com is no valid address'] },
    });
  });
});

describe('the account', () => {
  it.each([401, 402, 403])('%i on any route is unauthorized', async (status) => {
    answer = () => [status, {}];
    const client = codesubmit();
    const calls = [
      () => client.checkKey(),
      () => client.listChallenges(),
      () => client.send(order),
      () => client.readSentPage(null),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ kind: 'unauthorized' });
    }
  });

  it('has a label', async () => {
    answer = () => [200, { me: 'Acme' }];
    expect(await codesubmit().checkKey()).toBe('Acme');
    answer = () => [200, {}];
    expect(await codesubmit().checkKey()).toBe('');
  });
});

describe('lists', () => {
  it('are followed to their end, whether next is whole or only a query', async () => {
    answer = ({ search }) => {
      if (search === '?page=3')
        return [200, { results: [{ id: 3, archived: true }, 'x'], next: null }];
      if (search === '?page=2') return [200, { results: [{ name: 'no id' }], next: '?page=3' }];
      const next = `${vendor.origin}/api/external/tests?page=2`;
      return [200, { count: 3, next, results: [{ id: 1, name: 'Backend' }] }];
    };
    expect(await codesubmit().listChallenges()).toEqual([
      { id: '1', name: 'Backend', isArchived: false },
      { id: '3', name: '3', isArchived: true },
    ]);
    expect(vendor.requests.map(({ line }) => line)).toEqual([
      'GET /api/external/tests',
      'GET /api/external/tests?page=2',
      'GET /api/external/tests?page=3',
    ]);
  });

  it('show sent challenges a page at a time, and continue where they are told', async () => {
    answer = () => [200, [{ id: 'a', test_id: 5, created_at: '2026-09-01 10:00:00Z' }, {}]];
    expect(await codesubmit().readSentPage(null)).toMatchObject({
      ...{ total: null, next: null, isEndKnown: false },
      rows: [
        { id: 'a', challenge: { ids: ['5'] }, created: at(1788256800000) },
        { id: null, challenge: { ids: [], names: [] } },
      ],
    });
  });

  it('say how many sent challenges there are', async () => {
    answer = () => [200, { count: 7, results: [], next: null }];
    expect(await codesubmit().readSentPage(null)).toMatchObject({
      ...{ rows: [], total: 7, next: null, isEndKnown: true },
    });
  });

  it.each([
    'https://evil.example/api/external/tests?page=2',
    '//evil.example/api/external/tests',
    '/api/external/subscription?page=2',
    'http://[',
    7,
  ])('never follow %j', async (next) => {
    answer = () => [200, { results: [], next }];
    await expect(codesubmit().listChallenges()).rejects.toMatchObject({
      kind: 'refused',
      reason: 'foreign next',
    });
    expect(vendor.requests).toHaveLength(1);
  });

  it.each([
    ['list without end', { results: [], next: '?page=2' }],
    ['no list in reply', { detail: 'x' }],
    ['no list in reply', null],
  ])('%s is an error, never the end', async (reason, body) => {
    answer = () => [200, body];
    await expect(codesubmit().listChallenges()).rejects.toMatchObject({
      kind: 'unavailable',
      reason,
    });
  });
});

describe('the list of challenges', () => {
  const offer = async (body: unknown) => {
    answer = () => [200, body];
    const { challenges, isWhole } = await codesubmit().readOffer();
    return { n: challenges.length, isWhole };
  };

  it.each<[what: string, body: unknown, n: number, isWhole: boolean]>([
    ['whose every row is readable', { count: 2, results: [{ id: 1 }, { id: 'b' }] }, 2, true],
    ['without a count', [{ id: 1, name: 'One' }], 1, true],
    ['that says it is empty', { count: 0, results: [] }, 0, true],
    ['that is empty but doesn’t say so', [], 0, false],
    ['that has fewer rows than it says', { count: 2, results: [{ id: 1 }] }, 1, false],
    ['that shows one twice', { count: 2, results: [{ id: 1 }, { id: 1 }] }, 2, false],
    ['with a row that has no id', { count: 1, results: [{ id: 1 }, { uid: 2 }] }, 1, false],
    ['of names alone', ['Backend', 'Frontend'], 0, false],
  ])('%s', async (_what, body, n, isWhole) => {
    expect(await offer(body)).toEqual({ n, isWhole });
  });

  it.each<[row: object, isArchived: boolean]>([
    [{}, false],
    [{ archived: false, archived_at: null, status: 'active' }, false],
    [{ archived: true }, true],
    [{ is_archived: 'true' }, true],
    [{ archived_at: '2026-09-01T10:00:00Z' }, true],
    [{ status: 'Archived' }, true],
  ])('of the row %j', async (row, isArchived) => {
    answer = () => [200, { results: [{ id: 1, ...row }] }];
    expect(await codesubmit().listChallenges()).toMatchObject([{ isArchived }]);
  });
});
