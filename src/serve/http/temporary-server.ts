/** Opens the daemon's server during setup, so Lever can verify it before the daemon runs. */
import type { FastifyInstance } from 'fastify';
import { isServing } from '../../store/home/is-serving.js';
import { SILENT_LOG } from '../../domain/log.js';
import type { App } from '../../admin/app.js';
import { loginRoute, type LoginOutcome } from '../../lever/login-page.js';
import { listenAt } from './base-server.js';
import { makeHttpServer } from './http-server.js';

export class TemporaryServer {
  readonly #abort = new AbortController();
  #server: FastifyInstance | undefined;

  /** `onLogin` is called with how a login ended whose browser came back here. */
  constructor(
    private readonly app: App,
    private readonly onLogin?: (outcome: LoginOutcome) => void,
  ) {}

  /** False if a daemon of this data directory listens already. Throws `conflict`. */
  async open(): Promise<boolean> {
    if (isServing(this.app.home)) return false;
    const { host, port } = this.app.configuration.current().settings;
    const isDraining = (): boolean => this.#abort.signal.aborted;
    const server = makeHttpServer(
      { ...this.app, log: SILENT_LOG },
      {
        // No loop runs during setup: the daemon looks at its start.
        onHint: () => undefined,
        isDraining,
        isReady: async () => !isDraining() && this.app.integration.isInUse(),
        login: loginRoute(this.app.login, this.#abort.signal, this.onLogin),
      },
    );
    await listenAt(server, { host, port }, 'setup --port');
    this.#server = server;
    return true;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#server?.close();
  }
}
