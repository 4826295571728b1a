/**
 * A proxy before a simulated vendor that puts a unique canary into every field of its JSON replies,
 * as value and as key.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** No text written here can contain it by chance. */
const MARK = 'k4n4ry';
const NUMBER = 77_777_000_000;

const PASSED = ['authorization', 'x-api-key', 'content-type', 'accept'];

export class CanaryProxy {
  /** All canaries given out, in every spelling. */
  readonly canaries: string[] = [];
  /** Fields that the program needs as they are. */
  readonly #kept: RegExp;
  #everything = false;
  readonly #server: Server;

  private constructor(
    private readonly vendorOrigin: string,
    kept: RegExp,
  ) {
    this.#kept = kept;
    this.#server = createServer((request, response) => {
      void this.#forward(request).then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(body),
        () => response.destroy(),
      );
    });
  }

  static async open(vendorOrigin: string, kept: RegExp): Promise<CanaryProxy> {
    const proxy = new CanaryProxy(vendorOrigin, kept);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** From now on only ids stay as they are. */
  replaceEverything(): void {
    this.#everything = true;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #forward(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const reply = await fetch(new URL(request.url ?? '/', this.vendorOrigin), {
      method: request.method ?? 'GET',
      headers: new Headers(
        PASSED.flatMap((name) => {
          const value = request.headers[name];
          return typeof value === 'string' ? [[name, value] as [string, string]] : [];
        }),
      ),
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const text = await reply.text();
    const body = text === '' ? '' : JSON.stringify(this.#spoil(JSON.parse(text), ''));
    return { status: reply.status, body };
  }

  #spoil(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#spoil(item, key));
    if (typeof value === 'object' && value !== null) {
      const fields = Object.entries(value).map(([name, item]) => [name, this.#spoil(item, name)]);
      return { ...Object.fromEntries(fields), ...this.#strangers() };
    }
    if (key === 'id' || (!this.#everything && this.#kept.test(key))) return value;
    if (typeof value === 'number') return this.#number();
    return typeof value === 'string' ? this.#like(value) : value;
  }

  /** Fields that no documentation mentions. */
  #strangers(): Record<string, unknown> {
    return {
      [this.#word()]: this.#word(),
      [this.#word()]: this.#number(),
      [this.#word()]: { [this.#word()]: [`${this.#word()}@example.com`] },
    };
  }

  /** In the same format, if it has one. */
  #like(text: string): string {
    const word = this.#word();
    if (text.includes('@')) return `${word}@example.com`;
    if (/^https?:/.test(text)) return `https://app.codesubmit.io/c/${word}/${word}?${word}=${word}`;
    return /^[\w-]+$/.test(text) ? word : `${word} of ${word}`;
  }

  #word(): string {
    const word = `${MARK}${String(this.canaries.length)}`;
    this.canaries.push(word);
    return word;
  }

  #number(): number {
    const number = NUMBER + this.canaries.length;
    this.canaries.push(String(number));
    return number;
  }
}
