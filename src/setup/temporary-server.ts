/** Opens the daemon's server during a setup, so that Lever can be verified before the daemon runs. */
import type { FastifyInstance } from 'fastify';
import { isServing } from '../storage/home/is-serving.js';
import { AppError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { Home } from '../storage/home/home.js';
import type { FinishLoginDeps } from '../vendors/lever/login/login.js';
import { loginRoute } from '../vendors/lever/login/login-page.js';
import type { DeliveryStore } from '../pipeline/receive/delivery-store.js';
import { makeHttpServer } from '../pipeline/receive/http-server.js';

/** How deliveries that did not verify failed, since the server was opened. */
export interface Refusals {
  malformed: number;
  forged: number;
  /** The delivery's own token was pasted in place of the webhook's signing token. */
  tokenMixups: number;
}

interface TemporaryServerDeps extends FinishLoginDeps {
  home: Home;
  deliveries: DeliveryStore;
  log: Log;
}

export class TemporaryServer {
  readonly refusals: Refusals = { malformed: 0, forged: 0, tokenMixups: 0 };
  readonly #abort = new AbortController();
  #server: FastifyInstance | undefined;

  constructor(private readonly deps: TemporaryServerDeps) {}

  /** True when it listens itself, false when a daemon of this home does already. Throws `conflict` for a taken port. */
  async open(): Promise<boolean> {
    if (isServing(this.deps.home)) return false;
    const { host, port } = this.deps.configuration.current().settings;
    const isDraining = (): boolean => this.#abort.signal.aborted;
    const server = makeHttpServer(this.deps, {
      onHint: () => undefined,
      onRefused: (kind, isTokenMixup) => {
        this.refusals[kind] += 1;
        if (isTokenMixup) this.refusals.tokenMixups += 1;
      },
      isDraining,
      isReady: async () => !isDraining() && this.deps.integration.unreadyReasons().length === 0,
      login: loginRoute(this.deps, this.#abort.signal),
    });
    try {
      await server.listen({ host, port });
    } catch (error) {
      throw new AppError(
        'conflict',
        `Port ${String(port)} of this machine is taken by another program.`,
        'Choose another port: codesubmit-lever setup --port PORT',
        error,
      );
    }
    this.#server = server;
    return true;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#server?.close();
  }
}
