// The simulated Lever API as the documentation and recorded traffic have it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handClock, openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
const clock = handClock();

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
});
afterEach(() => caller.close());

describe('access', () => {
  it('refuses an unknown key with 401 and a missing right with 403', async () => {
    expect(await caller.lever('GET', '/stages', undefined, 'nobody')).toMatchObject({
      status: 401,
      json: { code: 'Unauthorized' },
    });
    const { credential } = await caller.drive('/lever/keys', { without: ['stages:read'] });
    const refused = await caller.lever('GET', '/stages', undefined, credential);
    expect(refused).toMatchObject({ status: 403, json: { code: 'Forbidden' } });
    expect((await caller.lever('GET', '/tags', undefined, credential)).status).toBe(200);
  });

  it('takes the right to write for the right to read', async () => {
    const { credential } = await caller.drive('/lever/keys', { rights: ['notes:write'] });
    const id = await caller.addCandidate();
    const notes = await caller.lever('GET', `/opportunities/${id}/notes`, undefined, credential);
    expect(notes.status).toBe(200);
  });

  it('takes a bearer token that was given out', async () => {
    const { access } = caller.simulator.lever;
    const { rights } = access.addKey();
    access.add({ kind: 'oauth', name: 'grant', credential: 'token-1', rights });
    const headers = { authorization: 'Bearer token-1' };
    const url = `${caller.simulator.leverApiUrl}/stages`;
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  it('sends its own clock as Date', async () => {
    const { headers } = await caller.lever('GET', '/stages');
    expect(Date.parse(headers.get('date') ?? '')).toBe(clock.now());
  });

  it('refuses the 21st call of a second without Retry-After, and gives ten back each second', async () => {
    const statuses = async (count: number) => {
      const answers = await Promise.all(
        Array.from({ length: count }, () => caller.lever('GET', '/stages')),
      );
      return answers.map(({ status }) => status).filter((status) => status === 200).length;
    };
    expect(await statuses(25)).toBe(20);
    const refused = await caller.lever('GET', '/stages');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBeNull();
    clock.advance(1000);
    expect(await statuses(25)).toBeLessThanOrEqual(11);
    const { rate } = await caller.drive('/lever/state');
    expect(rate.largestInAnySecond).toBe(26);
  });

  it('never refuses a caller at 10 a second and 20 in any second', async () => {
    const statuses = new Set<number>();
    for (let burst = 0; burst < 3; burst += 1) {
      for (let index = 0; index < 20; index += 1) {
        statuses.add((await caller.lever('GET', '/stages')).status);
      }
      clock.advance(2000);
    }
    expect([...statuses]).toEqual([200]);
  });
});

describe('opportunities', () => {
  it('shows one with every documented field and unknown ones beside them', async () => {
    const id = await caller.addCandidate({ emails: ['ada@example.com'], tags: ['x'] });
    const { json } = await caller.lever('GET', `/opportunities/${id}?expand=stage&expand=contact`);
    expect(json.data).toMatchObject({
      id,
      name: 'Ada Fictional',
      stage: { text: 'Phone screen' },
      contact: { name: 'Ada Fictional' },
      emails: ['ada@example.com'],
      tags: ['x'],
      archived: null,
      isAnonymized: false,
      addedLater: expect.anything() as unknown,
    });
  });

  it('refuses to expand the posting, or names joined by commas', async () => {
    const id = await caller.addCandidate();
    for (const expand of ['posting', 'stage,contact']) {
      const answer = await caller.lever('GET', `/opportunities/${id}?expand=${expand}`);
      expect(answer.status).toBe(400);
    }
  });

  it('inherits tags, title and categories of the posting', async () => {
    const posting = await caller.drive('/lever/postings', {
      text: 'Backend Engineer',
      tags: ['codesubmit:backend'],
      location: 'Berlin',
    });
    const id = await caller.addCandidate({ postingId: posting.id, tags: ['own'] });
    const path = `/opportunities/${id}?expand=applications`;
    const { data } = (await caller.lever('GET', path)).json;
    expect(data.tags).toEqual(
      expect.arrayContaining(['own', 'codesubmit:backend', 'Backend Engineer', 'Berlin']),
    );
    expect(data.applications[0].posting).toBe(posting.id);
    const change = { postingId: posting.id, tags: ['codesubmit:data'] };
    await caller.drive('/lever/postings/tags', change);
    const { tags } = (await caller.lever('GET', path)).json.data;
    expect(tags).toContain('codesubmit:data');
    expect(tags).not.toContain('codesubmit:backend');
  });

  it('filters by stage, tag, e-mail, contact, archived and time', async () => {
    const early = await caller.addCandidate({ tags: ['Go'], emails: ['A@example.com'] });
    clock.advance(1000);
    const late = await caller.addCandidate({ stageId: 'offer' });
    await caller.drive('/lever/archive', { opportunityId: late, reason: 'Withdrew' });
    const contact = caller.simulator.lever.opportunities.get(early).contactId;
    const phoneScreen = caller.simulator.lever.opportunities.get(early).stageId;
    const start = clock.now();
    const expectations: [string, string[]][] = [
      ['stage_id=offer', [late]],
      [`stage_id=offer&stage_id=${phoneScreen}`, [early, late]],
      ['tag=Go', [early]],
      ['tag=go', []],
      ['email=a%40example.com', [early]],
      [`contact_id=${contact}`, [early]],
      ['archived=true', [late]],
      ['archived=false', [early]],
      [`advanced_at_start=${start}`, [late]],
      [`advanced_at_end=${start - 1}`, [early]],
      [`updated_at_start=${start}`, [late]],
    ];
    for (const [query, ids] of expectations) {
      const { data } = (await caller.lever('GET', `/opportunities?${query}`)).json;
      expect(
        data.map(({ id }: { id: string }) => id),
        query,
      ).toEqual(ids);
    }
  });

  it('lists by the stage’s rank, then by who advanced last, as archiving and a move make them', async () => {
    const [first, second, third] = [
      await caller.addCandidate({ stageId: 'offer' }),
      await caller.addCandidate({ stageId: 'offer' }),
      await caller.addCandidate({ stageId: 'lead-new' }),
    ];
    clock.advance(1000);
    await caller.drive('/lever/archive', { opportunityId: first, reason: 'Withdrew' });
    const { data } = (await caller.lever('GET', '/opportunities')).json;
    expect(data.map(({ id }: { id: string }) => id)).toEqual([third, first, second]);
    const archived = data[1];
    expect(archived.lastAdvancedAt).toBe(archived.archived.archivedAt);
    expect(archived.stageChanges).toEqual([
      { toStageId: 'offer', toStageIndex: 5, userId: null, updatedAt: archived.createdAt },
    ]);
  });

  it('pages by a token that is good for the same filters only', async () => {
    await caller.drive('/lever/candidates/many', { name: 'Some', stageId: 'offer', count: 5 });
    const names: string[] = [];
    let offset = '';
    for (let page = 0; page < 3; page += 1) {
      const path = `/opportunities?stage_id=offer&limit=2${offset}`;
      const { json } = await caller.lever('GET', path);
      names.push(...json.data.map(({ name }: { name: string }) => name));
      expect(json.hasNext).toBe(page < 2);
      if (json.hasNext) {
        const following = await caller.lever('GET', `/opportunities?stage_id=offer&limit=5`);
        const { id, lastAdvancedAt } = following.json.data[2 * (page + 1)];
        const key = JSON.parse(decodeURIComponent(json.next));
        expect(key).toEqual([expect.any(Number), lastAdvancedAt, id]);
        offset = `&offset=${encodeURIComponent(json.next)}`;
      }
    }
    expect(new Set(names).size).toBe(5);
    const other = await caller.lever('GET', `/opportunities?stage_id=lead-new&limit=2${offset}`);
    expect(other).toMatchObject({ status: 400, json: { message: 'Invalid offset token' } });
    expect((await caller.lever('GET', '/opportunities?limit=101')).status).toBe(400);
  });

  it('leaves confidential ones out unless asked, and refuses the asking without the right', async () => {
    const id = await caller.addCandidate({ confidential: true });
    const ids = async (query: string) =>
      (await caller.lever('GET', `/opportunities?${query}`)).json.data.map(
        (row: { id: string }) => row.id,
      );
    expect(await ids('')).toEqual([]);
    expect(await ids('confidentiality=all')).toEqual([id]);
    const without = { without: ['confidential:access'] };
    const { credential } = await caller.drive('/lever/keys', without);
    const path = '/opportunities?confidentiality=all';
    expect((await caller.lever('GET', path, undefined, credential)).status).toBe(403);
  });

  it('lists deleted ones by id and knows them no more', async () => {
    const id = await caller.addCandidate();
    await caller.drive('/lever/delete', { opportunityId: id });
    expect((await caller.lever('GET', `/opportunities/${id}`)).status).toBe(404);
    const { json } = await caller.lever('GET', '/opportunities/deleted');
    expect(json.data).toEqual([{ id, deletedAt: clock.now() }]);
  });

  it('anonymizes: the record stays, personal data goes', async () => {
    const id = await caller.addCandidate({ emails: ['ada@example.com'] });
    await caller.drive('/lever/anonymize', { opportunityId: id });
    const { data } = (await caller.lever('GET', `/opportunities/${id}`)).json;
    expect(data).toMatchObject({ isAnonymized: true, emails: [] });
  });
});

describe('writes', () => {
  it('answers links whole, and tags, stage and archived hollow', async () => {
    const id = await caller.addCandidate({ emails: ['ada@example.com'] });
    const path = `/opportunities/${id}`;
    const reason = caller.simulator.lever.account.archiveReasons[0]?.id;
    const link = 'https://example.com/c/1';
    const whole = await caller.lever('POST', `${path}/addLinks`, { links: [link] });
    expect(whole.json.data).toMatchObject({ name: 'Ada Fictional', links: [link] });
    const hollow = [
      await caller.lever('POST', `${path}/addTags`, { tags: ['new'] }),
      await caller.lever('PUT', `${path}/stage`, { stage: 'offer' }),
      await caller.lever('PUT', `${path}/archived`, { reason }),
    ];
    for (const { status, json } of hollow) {
      expect(status).toBe(200);
      expect(json.data).toMatchObject({ id, name: '', emails: [], links: [] });
    }
    const { data } = (await caller.lever('GET', path)).json;
    expect(data).toMatchObject({ stage: 'offer', tags: ['new'], archived: { reason } });
    await caller.lever('PUT', `${path}/archived`, { reason: null });
    expect((await caller.lever('GET', path)).json.data.archived).toBeNull();
  });

  it('shows a link on all opportunities of the contact', async () => {
    const first = await caller.addCandidate();
    const { contactId } = caller.simulator.lever.opportunities.get(first);
    const second = await caller.addCandidate({ contactId });
    await caller.lever('POST', `/opportunities/${first}/addLinks`, {
      links: ['https://a.example'],
    });
    const { data } = (await caller.lever('GET', `/opportunities/${second}`)).json;
    expect(data.links).toEqual(['https://a.example']);
    const gone = { links: ['https://a.example'] };
    await caller.lever('POST', `/opportunities/${second}/removeLinks`, gone);
    expect((await caller.lever('GET', `/opportunities/${first}`)).json.data.links).toEqual([]);
  });

  it('creates another note for each POST and says who wrote it', async () => {
    const id = await caller.addCandidate();
    const user = caller.simulator.lever.account.users[0]?.id;
    const path = `/opportunities/${id}/notes`;
    for (let time = 0; time < 2; time += 1) {
      const made = await caller.lever('POST', `${path}?perform_as=${user}`, { value: 'Sent.' });
      expect(made.status).toBe(201);
    }
    const { data } = (await caller.lever('GET', path)).json;
    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({ user, fields: [{ value: 'Sent.' }] });
  });

  it('refuses bodies of the wrong shape and counts only the writes that worked', async () => {
    const id = await caller.addCandidate();
    const path = `/opportunities/${id}`;
    expect((await caller.lever('POST', `${path}/addLinks`, { links: 'x' })).status).toBe(400);
    expect((await caller.lever('PUT', `${path}/stage`, { stage: 'nowhere' })).status).toBe(400);
    await caller.lever('POST', `${path}/addTags`, { tags: ['x'] });
    const { writes, calls } = await caller.drive('/lever/state');
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatchObject({ body: { tags: ['x'] }, worked: true });
    expect(calls['POST /v1/opportunities/:id/addLinks']).toBe(1);
  });
});

describe('the account', () => {
  it('lists stages in order with ids that are no UUIDs, tags, users and archive reasons', async () => {
    await caller.addCandidate({ tags: ['in use'] });
    const { data: stages } = (await caller.lever('GET', '/stages')).json;
    expect(stages[0]).toMatchObject({ id: 'lead-new', text: 'New lead' });
    expect(stages.some(({ id }: { id: string }) => id.length === 36)).toBe(true);
    const { data: tags } = (await caller.lever('GET', '/tags')).json;
    expect(tags).toMatchObject([{ text: 'in use', count: 1 }]);
    expect((await caller.lever('GET', '/users')).json.data).toHaveLength(3);
    expect((await caller.lever('GET', '/archive_reasons')).json.data).toHaveLength(3);
  });

  it('leaves internal-only postings out of the published unless the channels ask', async () => {
    await caller.drive('/lever/postings', { text: 'Open' });
    await caller.drive('/lever/postings', { text: 'Inside', distributionChannels: ['internal'] });
    const texts = async (query: string) =>
      (await caller.lever('GET', `/postings?${query}`)).json.data.map(
        (row: { text: string }) => row.text,
      );
    expect(await texts('state=published')).toEqual(['Open']);
    const both = 'state=published&distributionChannel=public&distributionChannel=internal';
    expect(await texts(both)).toEqual(['Open', 'Inside']);
  });
});
