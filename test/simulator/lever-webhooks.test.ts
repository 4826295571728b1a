// The simulated Lever's webhooks: signing, toggles, retries, history.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookEvent } from '../../src/simulator/lever/webhook-records.js';
import { openSimulator, type Caller } from './simulator-client.js';
import { startWebhookReceiver } from './webhook-receiver.js';

type Receiver = Awaited<ReturnType<typeof startWebhookReceiver>>;

let caller: Caller;
let receiver: Receiver;

const lever = () => caller.simulator.lever;
const listen = (event: WebhookEvent = 'candidateStageChange') =>
  lever().webhooks.add({ url: receiver.url, event });

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
    const webhook = listen();
    const id = caller.addCandidate();
    lever().actions.move(id, 'offer');
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

  it('is tried five times more, and a redirect counts as a failure', async () => {
    await answering(302);
    listen();
    const id = caller.addCandidate();
    lever().actions.move(id, 'offer');
    const delivery = await deliveryEnds();
    expect(delivery).toMatchObject({ state: 'failed' });
    expect(receiver.received.map(({ path }) => path)).toEqual(Array(6).fill('/hook'));
  });

  it('is not tried again once acknowledged, and can be rerun with the same body', async () => {
    await answering(500, 204);
    listen();
    const opportunityId = caller.addCandidate();
    lever().actions.move(opportunityId, 'offer');
    const delivery = await deliveryEnds();
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 204]);
    await lever().sender.rerun(delivery?.id ?? '');
    const [first, , third] = receiver.received;
    expect(third?.body).toEqual(first?.body);
  });
});

describe('a webhook', () => {
  it('is silent while its event group is off, and never shows its token in a list', async () => {
    listen();
    lever().webhooks.setGroup('candidateStageChange', false);
    const opportunityId = caller.addCandidate();
    lever().actions.move(opportunityId, 'offer');
    expect(caller.simulator.lever.webhooks.deliveries.size).toBe(0);
    lever().webhooks.setGroup('candidateStageChange', true);
    lever().actions.move(opportunityId, 'lead-new');
    expect((await receiver.waitFor(1))[0]?.body.data.toStageId).toBe('lead-new');
    const listed = await caller.lever('GET', '/webhooks');
    expect(listed.json.data).toHaveLength(1);
    expect(listed.text).not.toContain('signatureToken');
  });

  it('is verified by a signed request with empty data, whatever its group', async () => {
    const webhook = listen();
    lever().webhooks.setGroup('candidateStageChange', false);
    const attempt = await lever().sender.verify(webhook);
    expect(attempt).toMatchObject({ status: 200 });
    expect(receiver.received[0]?.body).toMatchObject({ data: {} });
    await receiver.close();
    expect(await lever().sender.verify(webhook)).toMatchObject({ status: null });
  });
});
