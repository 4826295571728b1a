/** As much of Lever's API as a setup asks for, open to anyone with a valid access token of the authorization server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closeServer, listen } from './oidc-server.js';

const LISTS: Readonly<Record<string, unknown[]>> = {
  '/v1/stages': [
    { id: 'applicant-new', text: 'New applicant' },
    { id: 'take-home', text: 'Take-home' },
  ],
  '/v1/opportunities': [],
};

export class LeverBehindOidc {
  /** The `Authorization` of each request, in the order of their coming. */
  readonly authorizations: string[] = [];
  /** Answered in place of what would be right. */
  instead: { status: number; body: unknown } | null = null;

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
