// Each switch of the simulated Lever: what changes when it is flipped, against what holds by default.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handClock, openSimulator, type Caller } from './simulator-client.js';
import { startWebhookReceiver } from './webhook-receiver.js';

let caller: Caller;
const clock = handClock();

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
});
afterEach(() => caller.close());

async function shown(id: string) {
  return (await caller.lever('GET', `/opportunities/${id}`)).json.data;
}

async function listedIds(query = '') {
  const { json } = await caller.lever('GET', `/opportunities?${query}`);
  return json.data.map(({ id }: { id: string }) => id) as string[];
}

describe('reads', () => {
  it('clockOffsetMs shifts the Date header', async () => {
    await caller.flip('lever', { clockOffsetMs: 90_000 });
    const { headers } = await caller.lever('GET', '/stages');
    expect(Date.parse(headers.get('date') ?? '')).toBe(clock.now() + 90_000);
  });

  it('rateLimit off never answers 429', async () => {
    await caller.flip('lever', { rateLimit: 'off' });
    const calls = Array.from({ length: 25 }, () => caller.lever('GET', '/stages'));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('readLagMs shows the old stage for a while', async () => {
    await caller.flip('lever', { readLagMs: 5000 });
    const id = await caller.addCandidate();
    const { stage } = await shown(id);
    await caller.drive('/lever/move', { opportunityId: id, stageId: 'offer' });
    clock.advance(4999);
    expect((await shown(id)).stage).toBe(stage);
    expect(await listedIds('stage_id=offer')).toEqual([id]);
    clock.advance(1);
    expect((await shown(id)).stage).toBe('offer');
  });

  it('listLagMs keeps lists behind', async () => {
    const old = await caller.addCandidate();
    clock.advance(10_000);
    await caller.flip('lever', { listLagMs: 5000 });
    const young = await caller.addCandidate({ stageId: 'offer' });
    await caller.drive('/lever/move', { opportunityId: old, stageId: 'offer' });
    expect(await listedIds()).toEqual([old]);
    expect(await listedIds('stage_id=offer')).toEqual([]);
    expect((await shown(old)).stage).toBe('offer');
    clock.advance(5000);
    expect(await listedIds('stage_id=offer')).toEqual([young, old]);
  });

  it('pageTokens by-position lets pages shift while they are read', async () => {
    const seenWhileTheFirstLeaves = async () => {
      const last = await caller.addCandidate({ stageId: 'offer' });
      const first = await caller.addCandidate({ stageId: 'offer' });
      const query = 'stage_id=offer&limit=1';
      const { json } = await caller.lever('GET', `/opportunities?${query}`);
      expect(json.data[0].id).toBe(first);
      await caller.drive('/lever/delete', { opportunityId: first });
      const rest = await listedIds(`${query}&offset=${encodeURIComponent(json.next)}`);
      await caller.drive('/lever/delete', { opportunityId: last });
      return rest.includes(last);
    };
    expect(await seenWhileTheFirstLeaves()).toBe(true);
    await caller.flip('lever', { pageTokens: 'by-position' });
    expect(await seenWhileTheFirstLeaves()).toBe(false);
  });

  it('updatedAt null hides the time of the last change', async () => {
    const id = await caller.addCandidate();
    expect((await shown(id)).updatedAt).toBe(clock.now());
    await caller.flip('lever', { updatedAt: 'null' });
    expect((await shown(id)).updatedAt).toBeNull();
  });

  it('deactivatedStages listed keeps them in GET /stages', async () => {
    await caller.drive('/lever/stages/change', { id: 'offer', isActive: false });
    const listed = async () => (await caller.lever('GET', '/stages')).text.includes('"offer"');
    expect(await listed()).toBe(false);
    await caller.flip('lever', { deactivatedStages: 'listed' });
    expect(await listed()).toBe(true);
  });

  it('creationAdvances false leaves created ones out of advanced_at', async () => {
    const counted = await caller.addCandidate();
    await caller.flip('lever', { creationAdvances: false });
    await caller.addCandidate();
    expect(await listedIds('advanced_at_start=0')).toEqual([counted]);
  });

  it('movingBackAdvances false keeps lastAdvancedAt when moved back', async () => {
    const id = await caller.addCandidate({ stageId: 'offer' });
    const before = clock.now();
    clock.advance(1000);
    await caller.flip('lever', { movingBackAdvances: false });
    await caller.drive('/lever/move', { opportunityId: id, stageId: 'lead-new' });
    expect((await shown(id)).lastAdvancedAt).toBe(before);
    await caller.flip('lever', { movingBackAdvances: true });
    await caller.drive('/lever/move', { opportunityId: id, stageId: 'offer' });
    await caller.drive('/lever/move', { opportunityId: id, stageId: 'lead-new' });
    expect((await shown(id)).lastAdvancedAt).toBe(clock.now());
  });

  it('archivingAdvances false keeps lastAdvancedAt when archived', async () => {
    const opportunityId = await caller.addCandidate();
    const created = clock.now();
    const archived = async () => {
      clock.advance(1000);
      await caller.drive('/lever/archive', { opportunityId, reason: 'Withdrew' });
      return (await shown(opportunityId)).lastAdvancedAt;
    };
    await caller.flip('lever', { archivingAdvances: false });
    expect(await archived()).toBe(created);
    await caller.flip('lever', { archivingAdvances: true });
    expect(await archived()).toBe(clock.now());
  });

  it('unarchivingAdvances moves lastAdvancedAt', async () => {
    const opportunityId = await caller.addCandidate();
    const unarchived = async () => {
      await caller.drive('/lever/archive', { opportunityId, reason: 'Withdrew' });
      clock.advance(1000);
      await caller.drive('/lever/unarchive', { opportunityId });
      return (await shown(opportunityId)).lastAdvancedAt;
    };
    const archivedAt = clock.now();
    expect(await unarchived()).toBe(archivedAt);
    await caller.flip('lever', { unarchivingAdvances: true });
    expect(await unarchived()).toBe(clock.now());
  });
});

describe('access', () => {
  it('deletedList shows ids alone, or nothing', async () => {
    const id = await caller.addCandidate();
    await caller.drive('/lever/delete', { opportunityId: id });
    const list = () => caller.lever('GET', '/opportunities/deleted?deleted_at_start=0');
    expect((await list()).json.data).toEqual([{ id, deletedAt: clock.now() }]);
    await caller.flip('lever', { deletedList: 'ids' });
    expect((await list()).json.data).toEqual([id]);
    await caller.flip('lever', { deletedList: 'refused' });
    expect((await list()).status).toBe(403);
  });

  it('linksRight names the right that addLinks needs', async () => {
    const { credential } = await caller.drive('/lever/keys', { without: ['links:write'] });
    const path = `/opportunities/${await caller.addCandidate()}/addLinks`;
    const add = () => caller.lever('POST', path, { links: ['https://a.example'] }, credential);
    expect((await add()).status).toBe(200);
    await caller.flip('lever', { linksRight: 'links:write' });
    expect((await add()).status).toBe(403);
  });

  it('performAs required refuses writes without it, with the status of performAsRefusal', async () => {
    const path = `/opportunities/${await caller.addCandidate()}/addTags`;
    const user = caller.simulator.lever.account.users[0]?.id;
    const add = (query = '') => caller.lever('POST', `${path}${query}`, { tags: ['x'] });
    expect((await add()).status).toBe(200);
    await caller.flip('lever', { performAs: 'required' });
    expect((await add()).status).toBe(400);
    await caller.flip('lever', { performAsRefusal: 403 });
    expect((await add()).status).toBe(403);
    expect((await add(`?perform_as=${user}`)).status).toBe(200);
    const { writes } = await caller.drive('/lever/state');
    expect(writes.at(-1).performAs).toBe(user);
  });

  it('performAsUser unchecked takes a deactivated user', async () => {
    const { id: user } = await caller.drive('/lever/users', { name: 'Gone' });
    await caller.drive('/lever/users/deactivate', { id: user });
    const path = `/opportunities/${await caller.addCandidate()}/addTags?perform_as=${user}`;
    expect((await caller.lever('POST', path, { tags: ['x'] })).status).toBe(400);
    await caller.flip('lever', { performAsUser: 'unchecked' });
    expect((await caller.lever('POST', path, { tags: ['x'] })).status).toBe(200);
  });

  it('confidentialRefusal chooses between 404 and 403', async () => {
    const without = { without: ['confidential:access'] };
    const { credential } = await caller.drive('/lever/keys', without);
    const path = `/opportunities/${await caller.addCandidate({ confidential: true })}`;
    expect((await caller.lever('GET', path, undefined, credential)).status).toBe(404);
    await caller.flip('lever', { confidentialRefusal: 403 });
    expect((await caller.lever('GET', path, undefined, credential)).status).toBe(403);
    expect((await caller.lever('GET', path)).status).toBe(200);
  });

  it('revokedKeyAnswer chooses between 401 and 403', async () => {
    const { credential } = await caller.drive('/lever/keys', {});
    await caller.drive('/lever/keys/revoke', { key: credential });
    const status = async () => (await caller.lever('GET', '/stages', undefined, credential)).status;
    expect(await status()).toBe(401);
    await caller.flip('lever', { revokedKeyAnswer: 403 });
    expect(await status()).toBe(403);
  });
});

describe('links', () => {
  it('linkStorage changes how a link is kept', async () => {
    const id = await caller.addCandidate();
    const stored = async (linkStorage: string) => {
      await caller.flip('lever', { linkStorage });
      const links = ['https://example.com/c/1'];
      await caller.lever('POST', `/opportunities/${id}/addLinks`, { links });
      const kept = (await shown(id)).links;
      await caller.lever('POST', `/opportunities/${id}/removeLinks`, { links });
      expect((await shown(id)).links).toEqual([]);
      return kept as string[];
    };
    expect(await stored('as-given')).toEqual(['https://example.com/c/1']);
    expect(await stored('without-scheme')).toEqual(['example.com/c/1']);
    expect(await stored('with-slash')).toEqual(['https://example.com/c/1/']);
  });

  it('linksReply hollow shows no links', async () => {
    const id = await caller.addCandidate();
    const add = async () => {
      const body = { links: ['https://a.example'] };
      const { json } = await caller.lever('POST', `/opportunities/${id}/addLinks`, body);
      return json.data.links as string[];
    };
    expect(await add()).toEqual(['https://a.example']);
    await caller.flip('lever', { linksReply: 'hollow' });
    expect(await add()).toEqual([]);
  });

  it('linkAddedTwice doubled keeps both', async () => {
    const id = await caller.addCandidate();
    const add = () =>
      caller.lever('POST', `/opportunities/${id}/addLinks`, { links: ['https://a.example'] });
    await add();
    await add();
    expect((await shown(id)).links).toHaveLength(1);
    await caller.flip('lever', { linkAddedTwice: 'doubled' });
    await add();
    expect((await shown(id)).links).toHaveLength(2);
  });
});

describe('webhooks', () => {
  let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;

  beforeEach(async () => {
    receiver = await startWebhookReceiver(200);
  });
  afterEach(() => receiver.close());

  const deliveries = () => [...caller.simulator.lever.webhooks.deliveries.values()];

  async function listen(event = 'candidateStageChange') {
    return (await caller.drive('/lever/webhooks', { url: receiver.url, event })).id as string;
  }

  async function move(opportunityId: string, stageId: string) {
    await caller.drive('/lever/move', { opportunityId, stageId });
  }

  it('eventsForApiMoves false keeps moves through the API silent', async () => {
    await listen();
    const id = await caller.addCandidate();
    await caller.flip('lever', { eventsForApiMoves: false });
    await caller.lever('PUT', `/opportunities/${id}/stage`, { stage: 'offer' });
    expect(deliveries()).toHaveLength(0);
    await caller.flip('lever', { eventsForApiMoves: true });
    await caller.lever('PUT', `/opportunities/${id}/stage`, { stage: 'lead-new' });
    expect(deliveries()).toHaveLength(1);
  });

  it('eventsForBulkMoves false keeps mass moves silent', async () => {
    await listen();
    const opportunityIds = [await caller.addCandidate(), await caller.addCandidate()];
    await caller.flip('lever', { eventsForBulkMoves: false });
    await caller.drive('/lever/move', { opportunityIds, stageId: 'offer' });
    expect(deliveries()).toHaveLength(0);
    await caller.flip('lever', { eventsForBulkMoves: true });
    await caller.drive('/lever/move', { opportunityIds, stageId: 'lead-new' });
    expect(deliveries()).toHaveLength(2);
  });

  it('webhookId present puts an id into the envelope', async () => {
    await listen();
    const id = await caller.addCandidate();
    await move(id, 'offer');
    await caller.flip('lever', { webhookId: 'present' });
    await move(id, 'lead-new');
    expect(deliveries().map(({ body }) => 'id' in body)).toEqual([false, true]);
  });

  it('webhookTimeoutMs gives up waiting for an answer', async () => {
    await receiver.close();
    receiver = await startWebhookReceiver(0, 200);
    await listen();
    await caller.flip('lever', { webhookTimeoutMs: 20 });
    await move(await caller.addCandidate(), 'offer');
    await receiver.waitFor(2);
    expect(deliveries()[0]?.attempts[0]).toMatchObject({ status: null, error: 'timed out' });
  });

  it('webhookRetryDelaysMs (an option) sets how many retries there are', async () => {
    await caller.close();
    await receiver.close();
    receiver = await startWebhookReceiver(500);
    caller = await openSimulator({ seed: 'empty', webhookRetryDelaysMs: [1] });
    await listen();
    await move(await caller.addCandidate(), 'offer');
    await expect.poll(() => deliveries()[0]?.state).toBe('failed');
    expect(receiver.received).toHaveLength(2);
  });

  it('webhookDelayMs lets deliveries overtake each other', async () => {
    await listen();
    await caller.flip('lever', { webhookDelayMs: [0, 60] });
    const ids = await caller.drive('/lever/candidates/many', {
      name: 'Some',
      stageId: 'lead-new',
      count: 6,
    });
    await caller.drive('/lever/move', { ...ids, stageId: 'offer' });
    await receiver.waitFor(6);
    const arrived = receiver.received.map(({ body }) => body.data.opportunityId as string);
    expect(arrived).not.toEqual(ids.opportunityIds);
  });
});
