/**
 * The deliveries about one candidate, as Lever sends them: repeated until answered, in any order.
 */
import { once } from 'node:events';
import http from 'node:http';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { eventually } from '../rigs/eventually.js';
import { SIGNING_TOKEN, WEBHOOK_ID, type RunningDaemon } from '../rigs/program.js';

interface Delivery {
  body: string;
  isAcknowledged: boolean;
}

interface Posting {
  /** The bytes have left. */
  sent: Promise<unknown>;
  /** Undefined when the connection broke. */
  status: Promise<number | undefined>;
}

function post(daemon: RunningDaemon, body: string): Posting {
  const request = http.request(`${daemon.url}/webhooks/lever/${WEBHOOK_ID}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  const answer = async (): Promise<number | undefined> => {
    try {
      const [reply] = (await once(request, 'response')) as [http.IncomingMessage];
      reply.resume();
      return reply.statusCode;
    } catch {
      return undefined;
    }
  };
  const closed = new Promise((resolve) => request.once('close', resolve));
  const sent = new Promise((resolve) => request.once('finish', resolve));
  const status = answer();
  request.end(body);
  return { sent: Promise.race([sent, closed]), status };
}

export class Deliveries {
  readonly #all: Delivery[] = [];
  #sent: Promise<unknown>[] = [];
  #answered: Promise<unknown>[] = [];

  /** A stage change; not sent yet. */
  add(opportunityId: string, toStageId: string, triggeredAt: number): void {
    const data = { opportunityId, toStageId };
    const event = { event: 'candidateStageChange', triggeredAt, hasId: false, data };
    const body = JSON.stringify(signedBody(event, SIGNING_TOKEN));
    this.#all.push({ body, isAcknowledged: false });
  }

  get count(): number {
    return this.#all.length;
  }

  /** Sends each `copies` times at once, in the order of `order`. */
  send(daemon: RunningDaemon, copies: number, order: readonly number[]): void {
    const chosen = order.flatMap((index) => this.#all[index] ?? []);
    for (const delivery of chosen) {
      for (let copy = 0; copy < copies; copy += 1) this.#post(daemon, delivery);
    }
  }

  /** Everything sent has reached the daemon's socket. */
  async sent(): Promise<void> {
    await Promise.all(this.#sent);
  }

  /** Everything sent was answered, or never will be. */
  async answered(): Promise<void> {
    await Promise.all(this.#answered);
  }

  /** Like Lever, repeats what wasn't answered with a 2xx. */
  async sendUntilAcknowledged(daemon: RunningDaemon): Promise<void> {
    await eventually('every delivery is acknowledged', async () => {
      await this.answered();
      const open = this.#all.filter(({ isAcknowledged }) => !isAcknowledged);
      for (const delivery of open) this.#post(daemon, delivery);
      return open.length === 0 ? true : undefined;
    });
  }

  #post(daemon: RunningDaemon, delivery: Delivery): void {
    const { sent, status } = post(daemon, delivery.body);
    this.#sent.push(sent);
    const noted = status.then((code) => {
      if (code === 200) delivery.isAcknowledged = true;
    });
    this.#answered.push(noted);
  }
}
