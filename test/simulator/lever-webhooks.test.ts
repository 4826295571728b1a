// The simulated Lever's webhooks: signing, toggles, retries, history.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulator, type Caller } from './simulator-client.js';
import { startWebhookReceiver } from './webhook-receiver.js';

type Receiver = Awaited<ReturnType<typeof startWebhookReceiver>>;

let caller: Caller;
let receiver: Receiver;

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty' });
  receiver = await startWebhookReceiver(200);
});
afterEach(async () => {
  await caller.close();
  await receiver.close();
});

async function answering(...statuses: number[]) {
  await receiver.close();
  receiver = await startWebhookReceiver(...statuses);
}

async function deliveryEnds() {
  const { deliveries } = caller.simulator.lever.webhooks;
  await expect.poll(() => [...deliveries.values()].at(-1)?.state).not.toBe('pending');
  return [...deliveries.values()].at(-1);
}

describe('a delivery', () => {
  it('is signed in its body under the token of its webhook', async () => {
    const webhook = await caller.drive('/lever/webhooks', { url: receiver.url });
    const id = await caller.addCandidate();
    await caller.drive('/lever/move', { opportunityId: id, stageId: 'offer' });
    const [received] = await receiver.waitFor(1);
    const { token, triggeredAt, signature, event, data } = received?.body ?? {};
    expect(received?.headers['user-agent']).toBe('Lever-Webhooks');
    expect(token).toMatch(/^[0-9a-f]{48}$/);
    const key = createHmac('sha256', webhook.signatureToken);
    expect(signature).toBe(key.update(`${token}${triggeredAt}`).digest('hex'));
    expect(event).toBe('candidateStageChange');
    expect(data).toMatchObject({ opportunityId: id, toStageId: 'offer' });
    expect(data.candidateId).not.toBe(id);
  });

  it('follows an archive change and a deletion, to the webhooks of those events', async () => {
    for (const event of ['candidateArchiveChange', 'candidateDeleted']) {
      await caller.drive('/lever/webhooks', { url: receiver.url, event });
    }
    const opportunityId = await caller.addCandidate();
    await caller.drive('/lever/archive', { opportunityId, reason: 'Withdrew' });
    await receiver.waitFor(1);
    await caller.drive('/lever/unarchive', { opportunityId });
    await receiver.waitFor(2);
    await caller.drive('/lever/delete', { opportunityId });
    const [archived, back, deleted] = await receiver.waitFor(3);
    expect(archived?.body.data.toArchived.archivedAt).toEqual(expect.any(Number));
    expect(back?.body.data.toArchived).toBeNull();
    expect(deleted?.body).toMatchObject({ event: 'candidateDeleted', data: { opportunityId } });
  });

  it('is tried five times more, and a redirect counts as a failure', async () => {
    await answering(302);
    await caller.drive('/lever/webhooks', { url: receiver.url });
    const id = await caller.addCandidate();
    await caller.drive('/lever/move', { opportunityId: id, stageId: 'offer' });
    const delivery = await deliveryEnds();
    expect(delivery).toMatchObject({ state: 'failed' });
    expect(receiver.received.map(({ path }) => path)).toEqual(Array(6).fill('/hook'));
  });

  it('is not tried again once acknowledged, and can be rerun with the same body', async () => {
    await answering(500, 204);
    await caller.drive('/lever/webhooks', { url: receiver.url });
    const opportunityId = await caller.addCandidate();
    await caller.drive('/lever/move', { opportunityId, stageId: 'offer' });
    const delivery = await deliveryEnds();
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 204]);
    await caller.drive('/lever/deliveries/rerun', { id: delivery?.id });
    const [first, , third] = receiver.received;
    expect(third?.body).toEqual(first?.body);
  });
});

describe('a webhook', () => {
  it('is silent while its event group is off, and never shows its token in a list', async () => {
    await caller.drive('/lever/webhooks', { url: receiver.url });
    const group = (isOn: boolean) => ({ event: 'candidateStageChange', isOn });
    await caller.drive('/lever/webhooks/groups', group(false));
    const opportunityId = await caller.addCandidate();
    await caller.drive('/lever/move', { opportunityId, stageId: 'offer' });
    expect(caller.simulator.lever.webhooks.deliveries.size).toBe(0);
    await caller.drive('/lever/webhooks/groups', group(true));
    await caller.drive('/lever/move', { opportunityId, stageId: 'lead-new' });
    expect((await receiver.waitFor(1))[0]?.body.data.toStageId).toBe('lead-new');
    const listed = await caller.lever('GET', '/webhooks');
    expect(listed.json.data).toHaveLength(1);
    expect(listed.text).not.toContain('signatureToken');
  });

  it('can be switched off alone, and hears only of the origins it asked for', async () => {
    const webhook = await caller.drive('/lever/webhooks', {
      url: receiver.url,
      origins: ['sourced'],
    });
    const applied = await caller.addCandidate();
    const sourced = await caller.addCandidate({ origin: 'sourced' });
    await caller.drive('/lever/move', { opportunityIds: [applied, sourced], stageId: 'offer' });
    const [received] = await receiver.waitFor(1);
    expect(received?.body.data.opportunityId).toBe(sourced);
    await caller.drive('/lever/webhooks/change', { id: webhook.id, isEnabled: false });
    await caller.drive('/lever/move', { opportunityId: sourced, stageId: 'lead-new' });
    expect(caller.simulator.lever.webhooks.deliveries.size).toBe(1);
  });

  it('is verified by a signed request with empty data, whatever its group', async () => {
    const { id } = await caller.drive('/lever/webhooks', { url: receiver.url });
    const group = { event: 'candidateStageChange', isOn: false };
    await caller.drive('/lever/webhooks/groups', group);
    const attempt = await caller.drive('/lever/webhooks/verify', { id });
    expect(attempt).toMatchObject({ status: 200 });
    expect(receiver.received[0]?.body).toMatchObject({ data: {} });
    await receiver.close();
    expect(await caller.drive('/lever/webhooks/verify', { id })).toMatchObject({ status: null });
  });
});
