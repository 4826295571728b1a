/**
 * A reverse proxy between the daemon and one simulated vendor, through which a test sees every request at three moments
 * and does something then: a kill, most of the time. The daemon knows nothing of it.
 *
 *   daemon ──request──▶ arrived ──▶ vendor works ──▶ worked ──answer──▶ answered
 *
 * It spoils chosen requests too; unlike the simulator's own faults it can choose by a request's body.
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface TappedRequest {
  method: string;
  /** Without the query. */
  path: string;
  body: string;
}

/** What to do with the first request that matches; each moment is awaited before things go on. */
export interface Trap {
  matches: (request: TappedRequest) => boolean;
  /** Before the vendor sees it. `discard` keeps it from the vendor, as when the sender died in the act. */
  arrived?: () => Promise<'pass' | 'discard'>;
  /** The vendor did its work, or refused it, and the daemon knows nothing yet. */
  worked?: () => Promise<void>;
  /** The answer, or the end of the connection, has been handed to the daemon's socket. */
  answered?: () => Promise<void>;
}

/** What happens to a request: the answer is lost after the work, an error comes after it or in its place, or it is slow. */
export type Spoiling = 'lost' | '5xx after' | '5xx before' | 'slow';

interface Spoiler {
  matches: (request: TappedRequest) => boolean;
  spoiling: Spoiling;
  times: number;
}

interface Armed {
  trap: Trap;
  sprung: () => void;
  failed: (error: unknown) => void;
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Longer than a restart takes, shorter than the settling time of the tests. */
const SLOW_MS = 900;
const BROKEN: Answer = {
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"detail":"Something broke"}'),
};

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export class VendorTap {
  readonly seen: TappedRequest[] = [];
  /** What the daemon is given in place of each answer's body. */
  rewrite: (body: string) => string = (body) => body;
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #server: http.Server;
  readonly #spoilers: Spoiler[] = [];
  #holds: { matches: Trap['matches']; until: () => Promise<void> }[] = [];
  #armed: Armed[] = [];
  #underWay = 0;

  private constructor(private readonly vendorOrigin: string) {
    this.#server = http.createServer((request, response) => {
      this.#underWay += 1;
      void this.#serve(request, response)
        .catch(() => response.destroy())
        .finally(() => (this.#underWay -= 1));
    });
  }

  static async start(vendorOrigin: string): Promise<VendorTap> {
    const tap = new VendorTap(vendorOrigin);
    tap.#server.listen(0, '127.0.0.1');
    await once(tap.#server, 'listening');
    return tap;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Springs once, on the first match; resolves when the last of its moments is over. */
  arm(trap: Trap): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#armed.push({ trap, sprung: resolve, failed: reject });
    });
  }

  /** Forgets every trap that hasn't sprung. */
  disarm(): void {
    this.#armed = [];
  }

  /** Spoils the next `times` requests that match and reach the vendor's door. */
  spoil(spoiling: Spoiling, matches: Trap['matches'], times: number): void {
    this.#spoilers.push({ spoiling, matches, times });
  }

  /** The first request that matches waits at the vendor's door until `until` resolves. */
  hold(matches: Trap['matches'], until: () => Promise<void>): void {
    this.#holds.push({ matches, until });
  }

  /** How many requests are being answered just now. */
  get underWay(): number {
    return this.#underWay;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    // The daemon may be dead by the time of the answer.
    response.on('error', () => undefined);
    const body = (await readAll(request)).toString();
    const { method = '', url = '' } = request;
    const seen = { method, path: url.split('?', 1)[0] ?? '', body };
    this.seen.push(seen);
    await this.#wait(seen);
    const armed = this.#armed.find(({ trap }) => trap.matches(seen));
    if (armed) this.#armed = this.#armed.filter((one) => one !== armed);
    const trap = armed?.trap ?? { matches: () => true };
    try {
      if ((await trap.arrived?.()) === 'discard') {
        response.destroy();
      } else {
        const answer = await this.#work(request, seen);
        await trap.worked?.();
        await hand(answer, response);
        await trap.answered?.();
      }
      armed?.sprung();
    } catch (error) {
      armed?.failed(error);
      throw error;
    }
  }

  async #wait(seen: TappedRequest): Promise<void> {
    const hold = this.#holds.find(({ matches }) => matches(seen));
    if (!hold) return;
    this.#holds = this.#holds.filter((one) => one !== hold);
    await hold.until();
  }

  /** The answer that the daemon sees; undefined for a connection that breaks off. */
  async #work(request: http.IncomingMessage, seen: TappedRequest): Promise<Answer | undefined> {
    const spoiler = this.#spoilers.find(({ matches, times }) => times > 0 && matches(seen));
    if (!spoiler) return this.#forward(request, seen.body);
    spoiler.times -= 1;
    const { spoiling } = spoiler;
    if (spoiling === '5xx before') return BROKEN;
    if (spoiling === 'slow') await delay(SLOW_MS);
    const answer = await this.#forward(request, seen.body);
    if (spoiling === 'lost') return undefined;
    return spoiling === '5xx after' ? BROKEN : answer;
  }

  /** The vendor's answer; undefined when it broke the connection off. */
  async #forward(request: http.IncomingMessage, body: string): Promise<Answer | undefined> {
    const { method, url = '/', headers } = request;
    const sent = http.request(new URL(url, this.vendorOrigin), {
      method,
      headers: { ...headers, host: new URL(this.vendorOrigin).host },
      agent: this.#agent,
    });
    sent.end(body);
    try {
      const [reply] = (await once(sent, 'response')) as [http.IncomingMessage];
      return {
        status: reply.statusCode ?? 0,
        headers: without(reply.headers, 'content-length'),
        body: Buffer.from(this.rewrite((await readAll(reply)).toString())),
      };
    } catch {
      return undefined;
    }
  }
}

/** Resolves once the socket has it, or is gone. */
async function hand(answer: Answer | undefined, response: http.ServerResponse): Promise<void> {
  if (!answer || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, headers, body } = answer;
  const closed = once(response, 'close');
  response.writeHead(status, without(headers, 'connection', 'transfer-encoding')).end(body);
  await closed;
}

/** Those of one connection don't concern the next. */
function without(headers: http.IncomingHttpHeaders, ...names: string[]): http.IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
