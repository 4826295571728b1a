/** Requests to Lever and how its answers are read, over real HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  RECORDER_NOW,
  openRecordingServer,
  type RecordingServer,
} from '../../test/support/local-server.js';
import { ApiError } from '../domain/errors.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import { effectiveSettings, type Settings } from '../store/settings/settings.js';
import { apiKeyAuth } from './lever-client.js';
import { LeverClient } from './lever-client.js';

let vendor: RecordingServer;
let answer: (url: URL) => Answer;
let slots: number;

beforeEach(async () => {
  slots = 0;
  vendor = await openRecordingServer((url) => answer(url));
});
afterEach(() => vendor.close());

function lever(settings: Partial<Settings> = {}, auth = apiKeyAuth('key')): LeverClient {
  const leverApiUrl = `${vendor.origin}/v1/`;
  const leverRate = { acquire: () => Promise.resolve(void (slots += 1)) };
  return new LeverClient(
    { leverRate, http: { version: '0' } },
    effectiveSettings({ leverApiUrl, ...settings }, {}),
    auth,
  );
}

const id = 'a?b' as OpportunityId;
const stage = 'applicant-new' as StageId;

async function pagesOf(client: LeverClient) {
  const pages = [];
  for await (const page of client.listStage(stage)) pages.push(page);
  return pages;
}

describe('one opportunity', () => {
  it('is read by its encoded id with Basic credentials', async () => {
    answer = () => [
      200,
      { data: { id: 'a?b', name: 'Ada Lovelace', stage: { id: 's', text: 'S' } } },
    ];
    const sighting = await lever().readOpportunity(id);
    expect(sighting).toMatchObject({
      kind: 'opportunity',
      opportunity: { id: 'a?b', name: 'Ada Lovelace', stageId: 's' },
    });
    expect(vendor.requests[0]?.url.pathname).toBe('/v1/opportunities/a%3Fb');
    expect(vendor.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('key:').toString('base64')}`,
    );
    expect(slots).toBe(1);
  });

  it('404 and 403 are returned, 401 concerns the account, an empty record is no opportunity', async () => {
    answer = () => [404, {}];
    expect(await lever().readOpportunity(id)).toMatchObject({ kind: 'not_found' });
    expect(await lever().readLinks(id)).toBeNull();
    answer = ({ pathname }) => (pathname.endsWith('/stages') ? [200, { data: [] }] : [403, 'no']);
    expect(await lever().readOpportunity(id)).toMatchObject({ kind: 'forbidden' });
    expect(await lever().readPostingTags(id)).toBeNull();
    answer = () => [401, {}];
    await expect(lever().readOpportunity(id)).rejects.toMatchObject({ kind: 'unauthorized' });
    for (const body of [{ data: {} }, {}, null]) {
      answer = () => [200, body];
      await expect(lever().readOpportunity(id)).rejects.toMatchObject({ kind: 'unavailable' });
    }
  });

  it.each([['p1'], [{ id: 'p1', text: 'Engineer' }]])(
    'has the tags of its posting %j',
    async (posting) => {
      answer = (url) =>
        url.pathname === '/v1/postings/p1'
          ? [200, { data: { tags: ['codesubmit:backend', 7] } }]
          : [200, { data: { id: 'o', applications: [{ posting }] } }];
      expect(await lever().readPostingTags(id)).toEqual(['codesubmit:backend']);
      expect(vendor.requests.map(({ url }) => url.search)).toEqual(['?expand=applications', '']);
    },
  );

  it('has no posting tags without a posting or the permission to read it', async () => {
    answer = () => [200, { data: { id: 'o', applications: ['id-only'] } }];
    expect(await lever().readPostingTags(id)).toBeNull();
    answer = (url) =>
      url.pathname.startsWith('/v1/postings')
        ? [403, {}]
        : [200, { data: { id: 'o', applications: [{ posting: 'p' }] } }];
    expect(await lever().readPostingTags(id)).toBeNull();
  });
});

describe('a stage', () => {
  const next = '%5B1778000000000%2C%22a%2Bb%22%5D';

  it('is read page by page, next passed on as it came, with the same filters', async () => {
    answer = (url) =>
      url.searchParams.has('offset')
        ? [200, { data: [{ id: 'o2' }], hasNext: false }]
        : [200, { data: [{ id: 'o1' }, { name: 'no id' }, null], hasNext: true, next }];
    const pages = await pagesOf(lever());
    expect(pages.map((page) => page.opportunities.map((one) => one.id))).toEqual([['o1'], ['o2']]);
    expect(pages[0]?.leverNow).toBe(RECORDER_NOW);
    const filters = 'stage_id=applicant-new&archived=false&confidentiality=all&limit=100';
    const [, first, second] = vendor.requests;
    expect(first?.url.search).toBe(`?${filters}`);
    expect(second?.url.searchParams.get('offset')).toBe(next);
    expect(second?.url.search).toContain(`?${filters}&offset=%255B`);
    expect(slots).toBe(3);
  });

  it('is read without the confidential ones where Lever refuses those, which is asked once', async () => {
    answer = (url) => (url.searchParams.has('confidentiality') ? [403, {}] : [200, { data: [] }]);
    const client = lever();
    await pagesOf(client);
    await pagesOf(client);
    const plain = '?stage_id=applicant-new&archived=false&limit=100';
    const asked = '?limit=1&confidentiality=all';
    expect(vendor.requests.map(({ url }) => url.search)).toEqual([asked, plain, plain]);
  });

  it.each([
    ['no list', [200, { code: 'x' }], 'no list in reply'],
    ['no next', [200, { data: [], hasNext: true }], 'next page not named'],
    ['the same next again', [200, { data: [], hasNext: true, next }], 'list without end'],
    ['html', [200, '<html>'], 'html instead of json'],
  ] as [string, Answer, string][])('%s is an error, never the end', async (_, page, reason) => {
    answer = () => page;
    await expect(pagesOf(lever())).rejects.toMatchObject({ kind: 'unavailable', reason });
  });

  it('a stale offset is retried, a refused filter is not', async () => {
    answer = (url) =>
      url.searchParams.has('offset')
        ? [400, { message: 'Invalid offset token' }]
        : [200, { data: [], hasNext: true, next }];
    await expect(pagesOf(lever())).rejects.toMatchObject({ kind: 'unavailable', status: 400 });
    answer = () => [400, {}];
    await expect(pagesOf(lever())).rejects.toMatchObject({ kind: 'refused' });
  });

  it.each([401, 403])('%i concerns the account', async (status) => {
    answer = () => [status, {}];
    await expect(pagesOf(lever())).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(lever().listStages()).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(lever().checkKey()).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(lever().readOpportunity(id)).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});

describe('a link', () => {
  it('is added on behalf of the acting user when one is set', async () => {
    answer = () => [200, { data: {} }];
    await lever().addLink(id, 'https://app.codesubmit.io/c/x');
    await lever({ performAs: 'user-1' }).addLink(id, 'https://app.codesubmit.io/c/x');
    expect(vendor.requests.map(({ line }) => line)).toEqual([
      'POST /v1/opportunities/a%3Fb/addLinks',
      'POST /v1/opportunities/a%3Fb/addLinks?perform_as=user-1',
    ]);
    expect(vendor.requests[0]?.body).toBe('{"links":["https://app.codesubmit.io/c/x"]}');
  });

  it('is unknown when html answers, and refused by a 403', async () => {
    answer = () => [200, '<html>'];
    await expect(lever().addLink(id, 'x')).rejects.toMatchObject({ kind: 'unknown_outcome' });
    answer = () => [403, {}];
    await expect(lever().addLink(id, 'x')).rejects.toMatchObject({ kind: 'refused', status: 403 });
  });
});

describe('tags', () => {
  it('are added, removed and read by their own calls', async () => {
    answer = () => [200, { data: { id: 'o', name: '', tags: ['a', 'b'] } }];
    const client = lever({ performAs: 'user-1' });
    expect(await client.addTags(id, ['b'])).toEqual(['a', 'b']);
    await client.removeTags(id, ['c']);
    expect(await client.readTags(id)).toEqual(['a', 'b']);
    expect(vendor.requests.map(({ line, body }) => [line, body])).toEqual([
      ['POST /v1/opportunities/a%3Fb/addTags?perform_as=user-1', '{"tags":["b"]}'],
      ['POST /v1/opportunities/a%3Fb/removeTags?perform_as=user-1', '{"tags":["c"]}'],
      ['GET /v1/opportunities/a%3Fb', ''],
    ]);
  });
});

describe('a note', () => {
  it.each([
    [{ data: { id: 'n' } }, true],
    [{ data: { noteId: 'n' } }, true],
    [{ data: {} }, false],
    [{}, false],
  ])('that is answered with %j was made: %s', async (body, isNamed) => {
    answer = () => [201, body];
    expect(await lever().addNote(id, 'Well done.')).toBe(isNamed);
    expect(JSON.parse(vendor.requests[0]?.body ?? '')).toEqual({
      value: 'Well done.',
      secret: false,
      notifyFollowers: false,
    });
  });

  it('is looked for on every page and in every text of a note', async () => {
    const fields = [{ type: 'note', value: 'It is done. [mark]' }];
    answer = (url) =>
      url.searchParams.has('offset')
        ? [200, { data: [7, { text: 'nothing' }, { fields }], hasNext: false }]
        : [200, { data: [{ text: '[other]', fields: [{ value: 7 }] }], hasNext: true, next: 'n' }];
    expect(await lever().hasNote(id, '[mark]')).toBe(true);
    expect(await lever().hasNote(id, '[other]')).toBe(true);
    expect(await lever().hasNote(id, '[none]')).toBe(false);
  });

  it('of an opportunity that is gone can’t be found; without the permission it is unknown', async () => {
    answer = () => [404, {}];
    expect(await lever().hasNote(id, '[mark]')).toBeNull();
    answer = () => [403, {}];
    await expect(lever().hasNote(id, '[mark]')).rejects.toMatchObject({ kind: 'refused' });
  });
});

it.each([403, 404])(
  'a login that is refused with %i is no answer about a record',
  async (status) => {
    const facts = {
      kind: 'unauthorized',
      route: 'POST /oauth/token',
      reason: 'invalid_grant',
    } as const;
    const authorize = () => Promise.reject(new ApiError({ vendor: 'lever', status, ...facts }));
    const client = lever({}, { ...apiKeyAuth('key'), authorize });
    await expect(client.hasNote(id, '[mark]')).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(client.listWebhooks()).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(client.listDeleted(0)).rejects.toMatchObject({ kind: 'unauthorized' });
  },
);

describe('an acting user', () => {
  const refusalOf = async (client: LeverClient, status: number, message: string) => {
    answer = () => [status, { code: 'BadRequestError', message }];
    const error: unknown = await client.addTags(id, ['a']).catch((thrown: unknown) => thrown);
    return client.asksForActingUser(error as ApiError);
  };

  it.each([
    [400, 'perform_as is required', true],
    [403, 'Specify a performAs user', true],
    [403, 'Forbidden', false],
    [409, 'perform_as is required', false],
  ])('is asked for by a %i that says “%s”: %s', async (status, message, isAsked) => {
    expect(await refusalOf(lever(), status, message)).toBe(isAsked);
    const named = lever({ performAs: 'user-1' });
    expect(await refusalOf(named, status, message)).toBe(false);
  });
});

describe('a permission tested on an opportunity that doesn’t exist', () => {
  it.each([
    [404, '', 404, 'given'],
    [400, 'invalid id', 404, 'given'],
    [422, 'invalid id', 404, 'given'],
    [403, 'Forbidden', 404, 'lacking'],
    [403, 'Forbidden', 403, 'given'],
    [400, 'perform_as is required', 404, 'acting_user_needed'],
    [403, 'Specify a performAs user', 404, 'acting_user_needed'],
    [403, 'perform_as: the user is deactivated', 404, 'acting_user_needed'],
  ] as const)('a %i “%s”, and %i to reading it: %s', async (status, message, read, expected) => {
    answer = ({ pathname }) => (pathname.endsWith('Tags') ? [status, { message }] : [read, {}]);
    for (const performAs of [null, 'user-1']) {
      const client = lever({ performAs });
      expect(await client.tryRight('POST /opportunities/:id/addTags')).toBe(expected);
    }
  });
});

describe('setup', () => {
  it('lists stages, users and tags, skipping records without an id', async () => {
    answer = (url) => {
      const last = url.searchParams.has('offset');
      if (url.pathname === '/v1/tags') return [200, { data: [{ text: 'a', count: 1 }, {}] }];
      if (url.pathname === '/v1/users')
        return [200, { data: [{ id: 'u', name: 'N', deactivatedAt: 1 }] }];
      return [
        200,
        last
          ? { data: [{ id: 'offer', text: 'Offer' }, { text: 'x' }] }
          : { data: [{ id: 'lead-new', text: 'New lead' }], hasNext: true, next: 'n' },
      ];
    };
    expect(await lever().listStages()).toEqual([
      { id: 'lead-new', name: 'New lead' },
      { id: 'offer', name: 'Offer' },
    ]);
    expect(await lever().listUsers()).toEqual([{ id: 'u', name: 'N', email: '', isActive: false }]);
    expect(await lever().listTags()).toEqual(['a']);
    await lever().checkKey();
  });

  it('tests whether confidential opportunities may be read', async () => {
    answer = () => [200, { data: [] }];
    expect(await lever().canReadConfidential()).toBe(true);
    expect(vendor.requests[0]?.url.search).toBe('?limit=1&confidentiality=all');
    for (const status of [400, 403, 404, 422]) {
      answer = () => [status, {}];
      expect(await lever().canReadConfidential()).toBe(false);
    }
    answer = () => [503, {}];
    await expect(lever().canReadConfidential()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
