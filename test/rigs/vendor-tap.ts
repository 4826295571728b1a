/**
 * A reverse proxy between the daemon and one simulated vendor: a test rewrites its answers, or does something when a
 * request arrives or has been worked on. The daemon knows nothing of it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listen, originOf } from '../support/local-server.js';
import type { ProgramRig } from './program.js';

export interface TappedRequest {
  method: string;
  /** Without the query. */
  path: string;
  body: string;
}

/** What to do with the first request that matches; each moment is awaited before things go on. */
export interface Trap {
  matches: (request: TappedRequest) => boolean;
  /** Before the vendor sees it. */
  arrived?: () => Promise<void>;
  /** The vendor did its work, or refused it, and the daemon knows nothing yet. */
  worked?: () => Promise<void>;
}

/** Those of one connection don't concern the next, and the body arrives whole and decompressed. */
const OF_CONNECTION =
  /^(connection|keep-alive|host|transfer-encoding|content-(length|encoding)|accept-encoding)$/;
const passedOn = (headers: Iterable<[string, unknown]>): [string, string][] =>
  [...headers].flatMap(([name, value]) =>
    OF_CONNECTION.test(name) ? [] : [[name, String(value)] as [string, string]],
  );

export class VendorTap {
  /** What the daemon is given in place of each answer's body. */
  rewrite: (body: string) => string = (body) => body;
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response).catch(() => response.destroy());
  });
  readonly #armed: { trap: Trap; sprung: () => void }[] = [];

  private constructor(private readonly vendorOrigin: string) {}

  static async start(vendorOrigin: string): Promise<VendorTap> {
    const tap = new VendorTap(vendorOrigin);
    await listen(tap.#server);
    return tap;
  }

  /** Between that vendor and all processes that the rig starts from now on. */
  static async before(live: ProgramRig, vendor: 'lever' | 'codesubmit'): Promise<VendorTap> {
    const { environment, simulator } = live;
    const tap = await VendorTap.start(simulator[vendor].origin);
    live.onClose(() => tap.close());
    if (vendor === 'lever') environment.LEVER_API_URL = `${tap.origin}/v1`;
    // Its links and pages name it by the address at which it is called.
    else environment.CODESUBMIT_API_URL = simulator.codesubmit.origin = tap.origin;
    return tap;
  }

  get origin(): string {
    return originOf(this.#server);
  }

  /** Springs once, on the first match; resolves when the last of its moments is over. */
  arm(trap: Trap): Promise<void> {
    return new Promise((sprung) => this.#armed.push({ trap, sprung }));
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The daemon may be dead by the time of the answer.
    response.on('error', () => undefined);
    const { method = '', url = '/', headers } = request;
    const body = await text(request);
    const path = url.split('?', 1)[0] ?? '';
    const at = this.#armed.findIndex(({ trap }) => trap.matches({ method, path, body }));
    const [armed] = at === -1 ? [] : this.#armed.splice(at, 1);
    await armed?.trap.arrived?.();
    const reply = await fetch(new URL(url, this.vendorOrigin), {
      method,
      headers: passedOn(Object.entries(headers)),
      redirect: 'manual',
      ...(body !== '' && { body }),
    });
    const answer = this.rewrite(await reply.text());
    await armed?.trap.worked?.();
    response.writeHead(reply.status, Object.fromEntries(passedOn(reply.headers))).end(answer);
    armed?.sprung();
  }
}
