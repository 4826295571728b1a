/** An admin's reverse proxy: a fixed address that forwards to the daemon's current port. */
import { once } from 'node:events';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class FakeProxy {
  /** Where it forwards to; null answers 502. */
  target: string | null = null;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const refuse = (): void => {
        response.writeHead(502).end('Bad gateway');
      };
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
  }

  static async open(): Promise<FakeProxy> {
    const proxy = new FakeProxy();
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
