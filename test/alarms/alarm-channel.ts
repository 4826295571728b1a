/** Where alarms go in tests: an incoming webhook that keeps what it is told, and may be made to refuse; it counts heartbeats. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class AlarmChannel {
  /** What was posted and accepted, in order. */
  readonly texts: string[] = [];
  /** Bodies as received, whatever the answer. */
  readonly bodies: string[] = [];
  /** How often it was called without a body. */
  beats = 0;
  status = 200;
  /** Texts with these words are never accepted. */
  refused: string | undefined;
  /** Called with each post before it is answered. */
  onPost = (): Promise<unknown> => Promise.resolve();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      if (request.method === 'GET') {
        this.beats += 1;
        response.writeHead(this.status).end('ok');
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.bodies.push(body);
        const { text } = JSON.parse(body) as { text: string };
        const isRefused = this.refused !== undefined && text.includes(this.refused);
        const status = isRefused ? 400 : this.status;
        if (status === 200) this.texts.push(text);
        void this.onPost().then(() => response.writeHead(status).end('ok'));
      });
    });
  }

  static async open(): Promise<AlarmChannel> {
    const channel = new AlarmChannel();
    await once(channel.#server.listen(0, '127.0.0.1'), 'listening');
    return channel;
  }

  /** A secret, as Slack's are. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/services/T0/B0/the-secret-part`;
  }

  /** How often a text with these words was accepted. */
  count(words: string): number {
    return this.texts.filter((text) => text.includes(words)).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
