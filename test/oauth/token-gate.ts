/**
 * A gate before a token endpoint: records requests, and passes, delays or drops requests and
 * replies.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { closeServer, listen } from '../support/local-server.js';

export type GateMode =
  | 'pass'
  /** The server has done its work; the connection ends. */
  | 'lose-reply'
  | 'redirect'
  | 'fail'
  /** As for an app that was turned off. */
  | 'refuse-client';

export class TokenGate {
  mode: GateMode = 'pass';
  /** What the server's answer waits for. */
  delayMs = 0;
  /** The bodies, in order. */
  readonly requests: URLSearchParams[] = [];
  /** Where `redirect` points; counts requests there. */
  elsewhere = 'http://127.0.0.1:9/';
  /** Awaited when a request has come, before the server learns of it. */
  arrived: () => Promise<void> = () => Promise.resolve();

  /** At the next request, `meanwhile` happens before the server learns of it. */
  during<T>(meanwhile: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.arrived = () => {
        this.arrived = () => Promise.resolve();
        return meanwhile().then(resolve, reject);
      };
    });
  }

  #underWay = 0;

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(target: string): Promise<TokenGate> {
    const server = createServer();
    const gate = new TokenGate(`${await listen(server)}/oauth/token`, server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      gate.#underWay += 1;
      void gate.#answer(target, request, response).finally(() => (gate.#underWay -= 1));
    });
    return gate;
  }

  /** How many of the requests were refreshes. */
  get refreshes(): number {
    return this.requests.filter((body) => body.get('grant_type') === 'refresh_token').length;
  }

  /** How many requests the server is handling. */
  get underWay(): number {
    return this.#underWay;
  }

  close(): Promise<void> {
    return closeServer(this.server);
  }

  async #answer(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.requests.push(new URLSearchParams(body));
    await this.arrived();
    const { mode } = this;
    if (mode === 'redirect') {
      response.writeHead(307, { location: this.elsewhere }).end();
      return;
    }
    if (mode === 'fail') {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
      return;
    }
    if (mode === 'refuse-client') {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"error":"invalid_client"}');
      return;
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await fetch(target, { method: 'POST', headers, body });
    const answer = await reply.text();
    await delay(this.delayMs);
    if (mode === 'lose-reply') response.destroy();
    else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(answer);
  }
}
