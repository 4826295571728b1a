// The simulated Lever as the documentation and recorded traffic have it, and what each switch changes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { handClock, openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
const clock = handClock();

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
});
afterEach(() => caller.close());

const lever = () => caller.simulator.lever;
const shown = async (id: string) => (await caller.lever('GET', `/opportunities/${id}`)).json.data;
async function listed(query = '', key?: string): Promise<string[]> {
  const { json } = await caller.lever('GET', `/opportunities?${query}`, undefined, key);
  return json.data.map(({ id }: { id: string }) => id) as string[];
}

describe('access', () => {
  it('refuses an unknown key and a revoked one with 401, a missing right with 403', async () => {
    const { credential } = lever().access.addKey({ rights: rightsWithout('stages:read') });
    const status = async (path: string, key: string) =>
      (await caller.lever('GET', path, undefined, key)).status;
    expect(await status('/stages', 'nobody')).toBe(401);
    expect(await status('/stages', credential)).toBe(403);
    expect(await status('/tags', credential)).toBe(200);
    lever().access.revoke(credential);
    expect(await status('/tags', credential)).toBe(401);
  });

  it('refuses the 21st call of a second without Retry-After, and gives ten back each second', async () => {
    const accepted = async (count: number) => {
      const calls = Array.from({ length: count }, () => caller.lever('GET', '/stages'));
      return (await Promise.all(calls)).filter(({ status }) => status === 200).length;
    };
    expect(await accepted(25)).toBe(20);
    const refused = await caller.lever('GET', '/stages');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, null]);
    clock.advance(1000);
    expect(await accepted(25)).toBeLessThanOrEqual(11);
    expect(lever().rate.largestInAnySecond).toBe(26);
    lever().flip({ rateLimit: 'off' });
    expect(await accepted(25)).toBe(25);
  });

  it('wants perform_as or not, and refuses it in one of two ways', async () => {
    const path = `/opportunities/${caller.addCandidate()}/addTags`;
    const gone = lever().account.addUser({ name: 'Gone' });
    lever().account.deactivateUser(gone.id, clock.now());
    const user = lever().account.users[0]?.id;
    const add = async (query = '') =>
      (await caller.lever('POST', `${path}${query}`, { tags: ['x'] })).status;
    expect(await add()).toBe(200);
    expect(await add(`?perform_as=${gone.id}`)).toBe(400);
    lever().flip({ performAs: 'required' });
    expect(await add()).toBe(400);
    lever().flip({ performAsRefusal: 403 });
    expect(await add()).toBe(403);
    expect(await add(`?perform_as=${user}`)).toBe(200);
    expect(lever().requests.writes().at(-1)?.performAs).toBe(user);
  });
});

describe('reads', () => {
  it('shows one with every documented field and unknown ones beside them', async () => {
    const id = caller.addCandidate({ emails: ['ada@example.com'], tags: ['x'] });
    const path = `/opportunities/${id}`;
    const { json } = await caller.lever('GET', `${path}?expand=stage&expand=contact`);
    expect(json.data).toMatchObject({
      ...{ id, name: 'Ada Fictional', stage: { text: 'Phone screen' }, tags: ['x'] },
      contact: { name: 'Ada Fictional' },
      emails: ['ada@example.com'],
      archived: null,
      addedLater: expect.anything() as unknown,
    });
    for (const expand of ['posting', 'stage,contact']) {
      expect((await caller.lever('GET', `${path}?expand=${expand}`)).status).toBe(400);
    }
  });

  it('filters by stage, e-mail, archived and time', async () => {
    const early = caller.addCandidate({ emails: ['A@example.com'] });
    clock.advance(1000);
    const late = caller.addCandidate({ stageId: 'offer' });
    lever().actions.archive(late, 'Withdrew');
    const expectations: [string, string[]][] = [
      ['stage_id=offer', [late]],
      ['email=a%40example.com', [early]],
      ['archived=true', [late]],
      ['archived=false', [early]],
      [`advanced_at_start=${clock.now()}`, [late]],
      [`advanced_at_end=${clock.now() - 1}`, [early]],
    ];
    for (const [query, ids] of expectations) expect(await listed(query), query).toEqual(ids);
  });

  it('counts archiving and moving back as an advance, but not un-archiving', async () => {
    const id = caller.addCandidate({ stageId: 'offer' });
    const advancedAt = async () => (await shown(id)).lastAdvancedAt as number;
    clock.advance(1000);
    lever().actions.archive(id, 'Withdrew');
    expect(await advancedAt()).toBe(clock.now());
    clock.advance(1000);
    lever().actions.unarchive(id);
    expect(await advancedAt()).toBe(clock.now() - 1000);
    lever().actions.move(id, 'lead-new');
    expect(await advancedAt()).toBe(clock.now());
  });

  it('pages by a token that is good for the same filters only', async () => {
    for (let index = 0; index < 5; index += 1) caller.addCandidate({ stageId: 'offer' });
    const ids = new Set<string>();
    let offset = '';
    for (const hasNext of [true, true, false]) {
      const { json } = await caller.lever('GET', `/opportunities?stage_id=offer&limit=2${offset}`);
      for (const { id } of json.data) ids.add(id as string);
      expect(json.hasNext).toBe(hasNext);
      if (hasNext) offset = `&offset=${encodeURIComponent(json.next as string)}`;
    }
    expect(ids.size).toBe(5);
    const other = await caller.lever('GET', `/opportunities?stage_id=lead-new&limit=2${offset}`);
    expect(other).toMatchObject({ status: 400, json: { message: 'Invalid offset token' } });
    expect((await caller.lever('GET', '/opportunities?limit=101')).status).toBe(400);
  });

  it('pages by the next record, or by position, so that a page shifts', async () => {
    const seenWhileTheFirstLeaves = async () => {
      const last = caller.addCandidate({ stageId: 'offer' });
      const first = caller.addCandidate({ stageId: 'offer' });
      const query = 'stage_id=offer&limit=1';
      const { json } = await caller.lever('GET', `/opportunities?${query}`);
      expect(json.data[0].id).toBe(first);
      lever().actions.remove(first);
      const rest = await listed(`${query}&offset=${encodeURIComponent(json.next as string)}`);
      lever().actions.remove(last);
      return rest.includes(last);
    };
    expect(await seenWhileTheFirstLeaves()).toBe(true);
    lever().flip({ pageTokens: 'by-position' });
    expect(await seenWhileTheFirstLeaves()).toBe(false);
  });

  it('leaves confidential ones out unless asked, and refuses them without the right', async () => {
    const id = caller.addCandidate({ confidential: true });
    expect(await listed()).toEqual([]);
    expect(await listed('confidentiality=all')).toEqual([id]);
    const { credential } = lever().access.addKey({ rights: rightsWithout('confidential:access') });
    const status = async (path: string) =>
      (await caller.lever('GET', `/opportunities${path}`, undefined, credential)).status;
    expect(await status('?confidentiality=all')).toBe(403);
    expect(await status(`/${id}`)).toBe(404);
    lever().flip({ confidentialRefusal: 403 });
    expect(await status(`/${id}`)).toBe(403);
  });

  it('lists deleted ones, ids alone, or nothing', async () => {
    const id = caller.addCandidate();
    lever().actions.remove(id);
    expect((await caller.lever('GET', `/opportunities/${id}`)).status).toBe(404);
    const list = () => caller.lever('GET', '/opportunities/deleted?deleted_at_start=0');
    expect((await list()).json.data).toEqual([{ id, deletedAt: clock.now() }]);
    lever().flip({ deletedList: 'ids' });
    expect((await list()).json.data).toEqual([id]);
    lever().flip({ deletedList: 'refused' });
    expect((await list()).status).toBe(403);
  });

  it('lags: one record, or the lists', async () => {
    const old = caller.addCandidate();
    clock.advance(10_000);
    lever().flip({ readLagMs: 5000 });
    const { stage } = await shown(old);
    lever().actions.move(old, 'offer');
    clock.advance(4999);
    expect((await shown(old)).stage).toBe(stage);
    expect(await listed('stage_id=offer')).toEqual([old]);
    clock.advance(1);
    expect((await shown(old)).stage).toBe('offer');
    lever().flip({ readLagMs: 0, listLagMs: 5000 });
    const young = caller.addCandidate({ stageId: 'offer' });
    lever().actions.move(old, 'lead-new');
    expect(await listed('stage_id=offer')).toEqual([old]);
    expect((await shown(old)).stage).toBe('lead-new');
    clock.advance(5000);
    expect(await listed('stage_id=offer')).toEqual([young]);
  });

  it('has its own clock, which may be off, and may hide when a record changed', async () => {
    lever().flip({ clockOffsetMs: 90_000, updatedAt: 'null' });
    const { headers, json } = await caller.lever('GET', `/opportunities/${caller.addCandidate()}`);
    expect(Date.parse(headers.get('date') ?? '')).toBe(clock.now() + 90_000);
    expect(json.data.updatedAt).toBeNull();
  });
});

describe('writes', () => {
  const link = 'https://example.com/c/1';
  const add = async (id: string) =>
    (await caller.lever('POST', `/opportunities/${id}/addLinks`, { links: [link] })).json.data;

  it('answers links whole or hollow, and tags always hollow', async () => {
    const id = caller.addCandidate({ emails: ['ada@example.com'] });
    const tagged = await caller.lever('POST', `/opportunities/${id}/addTags`, { tags: ['new'] });
    expect(tagged.json.data).toMatchObject({ id, name: '', emails: [], links: [] });
    expect(await add(id)).toMatchObject({ name: 'Ada Fictional', links: [link] });
    lever().flip({ linksReply: 'hollow' });
    expect((await add(id)).links).toEqual([]);
    await caller.lever('POST', `/opportunities/${id}/removeTags`, { tags: ['new'] });
    expect(await shown(id)).toMatchObject({ links: [link], tags: [] });
  });

  it('keeps a link of the contact as given or not, once or twice', async () => {
    const id = caller.addCandidate();
    const { contactId } = lever().opportunities.get(id);
    const other = caller.addCandidate({ contactId });
    for (const [linkStorage, kept] of [
      ['as-given', link],
      ['without-scheme', 'example.com/c/1'],
      ['with-slash', `${link}/`],
    ]) {
      lever().flip({ linkStorage });
      await add(id);
      expect((await shown(other)).links).toEqual([kept]);
      lever().contacts.removeLinks(id, [link]);
    }
    lever().flip({ linkStorage: 'as-given', linkAddedTwice: 'doubled' });
    await add(id);
    await add(id);
    expect((await shown(id)).links).toEqual([link, link]);
  });
});
