// A small vendor over HTTP: routes, a record of every call, and hooks that let a test answer
// anything.
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The pattern that matched, e.g. `GET /v1/opportunities/:id`. */
  readonly route: string;
  /** The variable parts of the path, in order. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reply =
  | {
      readonly kind: 'whole';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: string;
    }
  /** Closes the connection without an answer. */
  | { readonly kind: 'dropped' };

/**
 * Answers instead of the route; undefined passes to the next hook, and finally to the route itself.
 * `work()` runs the route and returns its answer, so a hook can lose the answer afterwards.
 */
export type Hook = (
  call: Call,
  work: () => Reply,
) => Reply | undefined | Promise<Reply | undefined>;

export type Handler = (call: Call) => Reply;

export function json(status: number, value: unknown): Reply {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { kind: 'whole', status, headers, body: JSON.stringify(value) };
}

export const dropped: Reply = { kind: 'dropped' };

interface Route {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

export abstract class FakeVendor {
  readonly calls: Call[] = [];
  /** Calls to unknown routes: a test fails when there are any. */
  readonly unexpected: string[] = [];
  readonly #routes: Route[] = [];
  readonly #hooks: { readonly route: string; readonly hook: Hook }[] = [];
  #server: Server | undefined;
  #port = 0;

  get origin(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** Listens on a free loopback port; on the same one again after `stop`. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        void this.#answer(
          request.method ?? '',
          request.url ?? '/',
          request.headers,
          Buffer.concat(chunks).toString('utf8'),
          response,
        );
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  /**
   * `route` as given to `route()`, or `*` for every one. Returns a function that removes the hook.
   */
  hook(route: string, hook: Hook): () => void {
    if (route !== '*' && !this.#routes.some(({ name }) => name === route)) {
      throw new Error(`no such route: ${route}`);
    }
    const entry = { route, hook };
    this.#hooks.unshift(entry);
    return () => {
      const index = this.#hooks.indexOf(entry);
      if (index >= 0) this.#hooks.splice(index, 1);
    };
  }

  callsOf(route: string): Call[] {
    return this.calls.filter((call) => call.route === route);
  }

  /** Why a call is refused; undefined lets it in. */
  protected abstract refuse(call: Call): Reply | undefined;

  protected abstract unknownRoute(call: Call): Reply;

  protected route(name: string, handler: Handler): void {
    const [method = '', path = ''] = name.split(' ');
    const source = path.replaceAll('.', '\\.').replaceAll(/:[a-zA-Z]+/g, '([^/]+)');
    this.#routes.push({ name, method, pattern: new RegExp(`^${source}/?$`), handler });
  }

  async #answer(
    method: string,
    target: string,
    headers: IncomingHttpHeaders,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(target, this.origin);
    const route = this.#routes.find(
      (candidate) => candidate.method === method && candidate.pattern.test(url.pathname),
    );
    const call: Call = {
      at: Date.now(),
      method,
      path: url.pathname,
      route: route?.name ?? 'unknown',
      parameters: (route?.pattern.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent),
      query: url.searchParams,
      headers,
      body,
    };
    this.calls.push(call);
    if (route === undefined) this.unexpected.push(`${method} ${target}`);
    try {
      send(response, await this.#replyTo(call, route));
    } catch (error) {
      this.unexpected.push(`${method} ${target} broke the fake vendor: ${String(error)}`);
      response.destroy();
    }
  }

  async #replyTo(call: Call, route: Route | undefined): Promise<Reply> {
    const work = () => {
      if (route === undefined) return this.unknownRoute(call);
      return this.refuse(call) ?? route.handler(call);
    };
    for (const entry of [...this.#hooks]) {
      if (entry.route !== '*' && entry.route !== call.route) continue;
      const reply = await entry.hook(call, work);
      if (reply !== undefined) return reply;
    }
    return work();
  }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.kind === 'dropped') {
    response.socket?.destroy();
    return;
  }
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
}

/** The body as a JSON object; empty when it isn't one. */
export function bodyOf(call: Call): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(call.body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
