// The webhooks of the simulated Lever, the switches of their event groups, and their deliveries.
import { randomBytes, randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';
import {
  type Delivery,
  type Webhook,
  type WebhookEvent,
  type WebhookInput,
} from './webhook-records.js';

const historyLimit = 20_000;

export class WebhookBook {
  readonly all = new Map<string, Webhook>();
  /** The toggles of Settings > Integrations and API > Webhooks; all off in a new account. */
  readonly groups = new Map<WebhookEvent, boolean>();
  readonly deliveries = new Map<string, Delivery>();

  constructor(private readonly now: () => number) {}

  /**
   * Adds a webhook as the settings page does, which turns its event group on, as documented. Its signature token is
   * random unless given.
   */
  add(input: WebhookInput): Webhook {
    const webhook: Webhook = {
      id: randomUUID(),
      url: input.url,
      event: input.event,
      signatureToken: input.signatureToken ?? randomBytes(24).toString('hex'),
      verifiedAt: null,
      lastVerification: null,
      createdAt: this.now(),
    };
    this.all.set(webhook.id, webhook);
    this.groups.set(input.event, true);
    return webhook;
  }

  /** The webhook of that id. @throws a 404 when there is none. */
  get(id: string): Webhook {
    const webhook = this.all.get(id);
    if (!webhook) throw notFound(`webhook ${id}`);
    return webhook;
  }

  /** Changes what the settings page lets a Super Admin change. @throws a 404 when there is none. */
  change(id: string, change: { url?: string; signatureToken?: string }): Webhook {
    return Object.assign(this.get(id), change);
  }

  /**
   * Removes a webhook. Its event group stays on, and its deliveries stay in the history. @throws a 404 when there is
   * none.
   */
  remove(id: string): void {
    this.get(id);
    this.all.delete(id);
  }

  /** Turns the event group on or off, for all webhooks of that event. */
  setGroup(event: WebhookEvent, isOn: boolean): void {
    this.groups.set(event, isOn);
  }

  /** The webhooks that get `event` now; none while its group is off. */
  listeners(event: WebhookEvent): Webhook[] {
    if (!this.groups.get(event)) return [];
    return [...this.all.values()].filter((webhook) => webhook.event === event);
  }

  /** Adds a delivery to the history before it is sent. The oldest is dropped if the history is full. */
  record(webhook: Webhook, body: Record<string, unknown>): Delivery {
    const { id: webhookId, url } = webhook;
    const delivery: Delivery = {
      id: randomUUID(),
      webhookId,
      url,
      body,
      state: 'pending',
      attempts: [],
    };
    this.deliveries.set(delivery.id, delivery);
    const [oldest] = this.deliveries.keys();
    if (this.deliveries.size > historyLimit && oldest) this.deliveries.delete(oldest);
    return delivery;
  }

  /** The delivery. @throws a 404 when it isn't in the history. */
  getDelivery(id: string): Delivery {
    const delivery = this.deliveries.get(id);
    if (!delivery) throw notFound(`delivery ${id}`);
    return delivery;
  }
}
