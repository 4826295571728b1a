/** An admin's reverse proxy: a fixed address that forwards to the daemon's current port. */
import { createServer, request as ask } from 'node:http';
import { closeServer, listen, originOf } from './local-server.js';

export class FakeProxy {
  /** Where it forwards to; null answers 502. */
  target: string | null = null;
  readonly #server = createServer((request, response) => {
    const refuse = () => response.writeHead(502).end('Bad gateway');
    if (this.target === null) {
      refuse();
      return;
    }
    const { method, headers, url = '/' } = request;
    const passed = ask(new URL(url, this.target), { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    passed.on('error', refuse);
    request.pipe(passed);
  });

  static async open(): Promise<FakeProxy> {
    const proxy = new FakeProxy();
    await listen(proxy.#server);
    return proxy;
  }

  get url(): string {
    return originOf(this.#server);
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }
}
