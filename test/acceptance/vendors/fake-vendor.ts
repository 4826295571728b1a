// A small vendor over HTTP: routes, a record of every call, and hooks that let a test answer
// anything.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listen } from '../../support/local-server.js';

export interface Call {
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
 * Answers instead of the route; undefined passes to the route itself. `work()` runs the route and returns its answer, so
 * a hook can lose the answer afterwards.
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
  readonly #hooks = new Map<string, Hook>();
  #server: Server | undefined;
  origin = 'http://127.0.0.1:0';

  /** Listens on a free loopback port; on the same one again after `stop`. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.origin = await listen(this.#server, Number(new URL(this.origin).port));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await closeServer(server);
  }

  /** For a route by its name; returns a function that removes the hook. */
  hook(route: string, hook: Hook): () => void {
    if (!this.#routes.some(({ name }) => name === route))
      throw new Error(`no such route: ${route}`);
    this.#hooks.set(route, hook);
    return () => this.#hooks.delete(route);
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '/', headers } = request;
    const body = await text(request);
    const url = new URL(target, this.origin);
    const route = this.#routes.find(
      (candidate) => candidate.method === method && candidate.pattern.test(url.pathname),
    );
    const call: Call = {
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
    return (await this.#hooks.get(call.route)?.(call, work)) ?? work();
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
