// Delivers webhooks over HTTP, retries when they aren't acknowledged, and reruns them on request.
import * as http from 'node:http';
import * as https from 'node:https';
import { seededRandom } from '../seeded-random.js';
import type { LeverSwitches } from './lever-switches.js';
import { signedBody } from './sign-webhook.js';
import type { WebhookBook } from './webhook-book.js';
import type { Attempt, Delivery, Webhook } from './webhook-records.js';

const TIMEOUT_MS = 5_000;

export interface SenderOptions {
  now: () => number;
  switches: LeverSwitches;
  webhooks: WebhookBook;
  /** One wait before each retry, so as many retries as waits. */
  retryDelaysMs: number[];
}

export class WebhookSender {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly agents = {
    'http:': new http.Agent({ maxSockets: 64 }),
    'https:': new https.Agent({ maxSockets: 64 }),
  };
  private readonly underWay = new Set<http.ClientRequest>();
  private readonly random = seededRandom(1);
  private isClosed = false;

  constructor(private readonly options: SenderOptions) {}

  /**
   * Starts the delivery, after the wait that the switch sets, and returns at once. Unless it is acknowledged, it is
   * retried after each of the given waits.
   */
  deliver(webhook: Webhook, event: string, data: Record<string, unknown>): void {
    const { switches, webhooks } = this.options;
    const body = this.sign(webhook, event, data);
    const delivery = webhooks.record(webhook, body);
    const [leastMs, mostMs] = switches.webhookDelayMs;
    this.later(leastMs + this.random() * (mostMs - leastMs), () => this.attempt(delivery, 0));
  }

  /**
   * The Verify Connection button: signed, empty data, one attempt, even while the event's group is off. Returns how it
   * ended.
   */
  async verify(webhook: Webhook): Promise<Attempt> {
    const { webhooks, now } = this.options;
    const delivery = webhooks.record(webhook, this.sign(webhook, 'candidateHired', {}));
    const attempt = await this.post(delivery);
    delivery.attempts.push(attempt);
    delivery.state = isAcknowledged(attempt) ? 'delivered' : 'failed';
    webhook.lastVerification = attempt;
    if (isAcknowledged(attempt)) webhook.verifiedAt = now();
    return attempt;
  }

  /**
   * The Rerun button in the history: sends the same body once more, without retries. @throws a 404 for an unknown
   * delivery.
   */
  async rerun(deliveryId: string): Promise<Attempt> {
    const delivery = this.options.webhooks.getDelivery(deliveryId);
    const attempt = await this.post(delivery);
    delivery.attempts.push(attempt);
    if (isAcknowledged(attempt)) delivery.state = 'delivered';
    return attempt;
  }

  /** Gives up all deliveries in progress. */
  close(): void {
    this.isClosed = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const request of this.underWay) request.destroy();
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  /** The signed body of an event that happens now. */
  private sign(webhook: Webhook, event: string, data: Record<string, unknown>) {
    const triggeredAt = this.options.now();
    return signedBody({ event, data, triggeredAt }, webhook.signatureToken);
  }

  /**
   * Sends the delivery. Unless it is acknowledged, plans the next retry; after the last one it has failed. `retries`:
   * how many were made before.
   */
  private async attempt(delivery: Delivery, retries: number): Promise<void> {
    const attempt = await this.post(delivery);
    if (this.isClosed) return;
    delivery.attempts.push(attempt);
    const waitMs = this.options.retryDelaysMs[retries];
    if (isAcknowledged(attempt)) delivery.state = 'delivered';
    else if (waitMs === undefined) delivery.state = 'failed';
    else this.later(waitMs, () => this.attempt(delivery, retries + 1));
  }

  /** Runs something after a wait, unless `close` comes first. */
  private later(waitMs: number, run: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void run();
    }, waitMs);
    this.timers.add(timer);
  }

  /**
   * Sends the delivery once. Never throws: a failed connection is an attempt without a status. Doesn't follow
   * redirects.
   */
  private post(delivery: Delivery): Promise<Attempt> {
    const at = this.options.now();
    return new Promise((resolve) => {
      const settle = (status: number | null, error: string | null) => {
        resolve({ at, status, error });
      };
      const failed = (error: Error) => {
        settle(null, error.message);
      };
      try {
        const request = this.open(delivery.url);
        this.underWay.add(request);
        request.on('close', () => this.underWay.delete(request));
        request.on('response', (response) => {
          response.resume();
          response.on('error', failed);
          response.on('end', () => {
            settle(response.statusCode ?? 0, null);
          });
        });
        request.on('timeout', () => request.destroy(new Error('timed out')));
        request.on('error', failed);
        request.end(JSON.stringify(delivery.body));
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** A request to the webhook's URL, whose body isn't sent yet. @throws for a malformed URL. */
  private open(url: string): http.ClientRequest {
    const target = new URL(url);
    const isSecure = target.protocol === 'https:';
    return (isSecure ? https : http).request(target, {
      method: 'POST',
      agent: this.agents[isSecure ? 'https:' : 'http:'],
      timeout: TIMEOUT_MS,
      headers: { 'user-agent': 'Lever-Webhooks', 'content-type': 'application/json' },
    });
  }
}

/** Whether the answer was a 2xx: Lever retries after any other, and after none. */
function isAcknowledged({ status }: Attempt): boolean {
  return status !== null && status >= 200 && status < 300;
}
