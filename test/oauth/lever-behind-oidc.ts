/**
 * The part of Lever's API that a setup needs, open to any valid access token of the authorization
 * server.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closeServer, listen } from '../support/local-server.js';

const LISTS: Readonly<Record<string, unknown[]>> = {
  '/v1/stages': [
    { id: 'applicant-new', text: 'New applicant' },
    { id: 'take-home', text: 'Take-home' },
  ],
  '/v1/opportunities': [],
};

export class LeverBehindOidc {
  /** The `Authorization` header of each request, in order. */
  readonly authorizations: string[] = [];
  /** Answered instead of the right reply. */
  instead: { status: number; body: unknown } | null = null;

  /** Called for each request, which then gets no answer. */
  onUnanswered: (() => void) | null = null;

  private constructor(
    readonly url: string,
    private readonly isGood: (accessToken: string) => Promise<boolean>,
    private readonly server: Server,
  ) {}

  static async start(isGood: (accessToken: string) => Promise<boolean>): Promise<LeverBehindOidc> {
    const server = createServer();
    const made = new LeverBehindOidc(`${await listen(server)}/v1`, isGood, server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void made.#answer(request, response);
    });
    return made;
  }

  close(): Promise<void> {
    return closeServer(this.server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization = '' } = request.headers;
    this.authorizations.push(authorization);
    if (this.onUnanswered) {
      this.onUnanswered();
      return;
    }
    const { status, body } = this.instead ?? (await this.#look(request.url ?? '', authorization));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async #look(url: string, authorization: string): Promise<{ status: number; body: unknown }> {
    if (!(await this.isGood(authorization.replace('Bearer ', '')))) {
      return { status: 401, body: { code: 'AuthenticationError', message: 'Unauthorized' } };
    }
    const data = LISTS[url.split('?')[0] ?? ''];
    return data
      ? { status: 200, body: { data, hasNext: false } }
      : { status: 404, body: { code: 'ResourceNotFound' } };
  }
}
