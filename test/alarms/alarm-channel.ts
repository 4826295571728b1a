/** Where alarms go in tests: an incoming webhook that keeps what it is told, and may be made to refuse; it counts heartbeats. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as read } from 'node:stream/consumers';
import { closeServer, listen, originOf } from '../support/local-server.js';

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
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async open(): Promise<AlarmChannel> {
    const channel = new AlarmChannel();
    await listen(channel.#server);
    return channel;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      this.beats += 1;
      response.writeHead(this.status).end('ok');
      return;
    }
    const body = await read(request);
    this.bodies.push(body);
    const { text } = JSON.parse(body) as { text: string };
    const isRefused = this.refused !== undefined && text.includes(this.refused);
    const status = isRefused ? 400 : this.status;
    if (status === 200) this.texts.push(text);
    await this.onPost();
    response.writeHead(status).end('ok');
  }

  /** A secret, as Slack's are. */
  get url(): string {
    return `${originOf(this.#server)}/services/T0/B0/the-secret-part`;
  }

  /** How often a text with these words was accepted. */
  count(words: string): number {
    return this.texts.filter((text) => text.includes(words)).length;
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }
}
