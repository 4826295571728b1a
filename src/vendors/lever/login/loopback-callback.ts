/** Waits on loopback for a login's browser: one path, one use, while the login lasts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../../domain/clock.js';
import { AppError } from '../../../domain/errors.js';
import {
  LOGIN_PAGE_HEADERS,
  renderLoginPage,
  type LoginPage,
  answerLogin,
  isEnd,
} from './login-page.js';
import type { StartedLogin } from './login-requests.js';
import type { FinishedLogin, LeverLogin } from './login.js';

/** `localhost` may be either; other machines reach neither. */
const HOSTS = ['127.0.0.1', '::1'];
/** This machine doesn't have this address. */
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

const NOT_FOUND: LoginPage = {
  status: 404,
  title: 'Nothing is here',
  text: 'Only a Lever login returns to this address.',
};

export class LoopbackCallback {
  /** Rejects with `vendor` when Lever rejects the login, with `interrupted` on timeout or close. */
  readonly login: Promise<FinishedLogin>;
  readonly #servers: Server[] = [];
  #timer: NodeJS.Timeout | undefined;
  #end!: (outcome: FinishedLogin | Error) => void;

  constructor(
    private readonly deps: { login: LeverLogin; clock: Clock },
    private readonly started: Pick<StartedLogin, 'redirectUri' | 'expiresAt'>,
  ) {
    this.login = new Promise((resolve, reject) => {
      this.#end = (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
    });
    // Avoids an unhandled rejection if no one awaits it.
    this.login.catch(() => undefined);
  }

  /** Throws `configuration` when the port is taken. The URL can then still be pasted. */
  async open(): Promise<void> {
    const port = Number(new URL(this.started.redirectUri).port || '80');
    try {
      for (const host of HOSTS) await this.#listen(host, port);
    } catch (error) {
      await this.close();
      throw new AppError(
        'configuration',
        `Port ${String(port)} of this machine is not available.`,
        'Stop what uses it, or pass the URL that the browser ends on with --redirected-url-file.',
        error,
      );
    }
    const leftMs = this.started.expiresAt - this.deps.clock.now();
    this.#timer = setTimeout(() => void this.close(), leftMs);
  }

  /** Stops listening. Calling it twice is fine. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const closing = this.#servers.splice(0).map((server) => closed(server));
    await Promise.all(closing);
    const again = 'Run: codesubmit-lever setup, and open the new link';
    this.#end(new AppError('interrupted', 'No browser returned from the login.', again));
  }

  async #listen(host: string, port: number): Promise<void> {
    const server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve).listen({ host, port, ipv6Only: host === '::1' }, () => {
        resolve(undefined);
      });
    });
    if (!error) this.#servers.push(server);
    else if (host === HOSTS[0] || !ABSENT.has(error.code ?? '')) throw error;
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = url.split('?');
    if (method !== 'GET' || path !== new URL(this.started.redirectUri).pathname) {
      await show(response, NOT_FOUND);
      return;
    }
    try {
      const { page, outcome } = await answerLogin(() => this.deps.login.finish(`?${query}`));
      await show(response, page);
      if (isEnd(outcome)) this.#finish(outcome);
    } catch (error) {
      const text = 'The login could not be stored. See the terminal.';
      await show(response, { status: 503, title: 'Lever is not connected', text });
      this.#finish(error as Error);
    }
  }

  #finish(outcome: FinishedLogin | Error): void {
    this.#end(outcome);
    void this.close();
  }
}

/** Resolves once the page has been sent. */
async function show(response: ServerResponse, page: LoginPage): Promise<void> {
  response.writeHead(page.status, { ...LOGIN_PAGE_HEADERS, connection: 'close' });
  await new Promise<void>((resolve) => {
    response.once('close', resolve).end(renderLoginPage(page));
  });
}

async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await done;
}
