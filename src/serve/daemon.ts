/** The daemon: accepts deliveries, runs every step's loop and has its database checked, until it is told to stop. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { SECOND_MS, MINUTE_MS, machineTimers } from '../domain/clock.js';
import { messageOf } from '../domain/errors.js';
import type { App } from '../admin/app.js';
import { listenAt, type Listening } from './http/base-server.js';
import { makeHttpServer } from './http/http-server.js';
import { retryWhileBusy } from '../store/database/database.js';
import { loadGot } from '../net/send-request.js';
import { overridingVariables } from '../store/settings/configuration.js';
import { heartbeatRound, watchReadiness } from './loops/trouble-rounds.js';
import { Work } from './loops/work.js';
import { every } from './loops/work-loop.js';
import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FileVerdict } from '../store/database/check-file.js';
import { isLarge } from '../store/database/judge-file.js';
import { damaged } from '../store/database/storage-error.js';

/** How often each loop looks for due work when nothing wakes it. */
const POLL_MS = 500;
/** How long running work gets, so that SIGTERM to exit takes at most ten seconds. */
const DRAIN_MS = 7_000;
/** How long a request that is half received gets to complete, once work has ended. */
const LAST_REQUESTS_MS = SECOND_MS;
/** When to give up recording what was cut off, and a login's new tokens; counted from the signal. */
const LAST_MS = 9_000;
/** How often the daemon writes down that it is running. */
const NOTE_RUNNING_MS = 10 * MINUTE_MS;

export class Daemon {
  readonly #work: Work;
  readonly #server: FastifyInstance;
  /** Why it isn't ready, as codes; empty when it is. */
  readonly unreadyReasons: () => Promise<string[]>;
  /** Aborted to cut off the vendor calls that are left at the end. */
  readonly #abort = new AbortController();
  /** Aborted once nothing more is to begin. */
  readonly #draining = new AbortController();
  /** Asks again and again why the daemon isn't ready. */
  #watch: NodeJS.Timeout | undefined;
  /** Stops the check of the database file, if one runs. */
  #stopCheck = (): void => undefined;

  /** Makes the daemon, which does nothing before `listen` and `work`. */
  constructor(
    private readonly app: App,
    private readonly pollMs = POLL_MS,
  ) {
    const { signal } = this.#abort;
    const draining = this.#draining.signal;
    const isDraining = () => draining.aborted;
    this.unreadyReasons = watchReadiness(app, isDraining);
    const runtime = { pollMs, timers: machineTimers, signal, draining };
    this.#work = new Work(app, runtime, [
      every(NOTE_RUNNING_MS, app.clock, { name: 'running', run: () => this.#noteRunning() }),
      heartbeatRound(app, this.unreadyReasons, draining),
    ]);
    this.#server = makeHttpServer(app, {
      onHint: () => this.#work.wake('looks'),
      draining,
      isReady: async () => (await this.unreadyReasons()).length === 0,
      signal,
    });
  }

  /** Starts to listen and accept deliveries. Throws `AppError` when the port is taken. */
  async listen(listen: Listening): Promise<Listening> {
    const address = await listenAt(this.#server, listen);
    this.app.log.info({ ...address }, 'listening');
    return address;
  }

  /** Takes up what a dead process left, once the disk allows it, and starts to work. */
  async work(): Promise<void> {
    // Before an upgrade can replace its file: otherwise it is loaded only for the first call.
    await loadGot();
    await retryWhileBusy(() => this.#recover());
    if (this.#draining.signal.aborted) return;
    // Asking logs when the reasons change, so they are asked for even while no one requests `/readyz`.
    this.#watch = setInterval(() => void this.unreadyReasons(), this.pollMs);
    this.#work.start();
    this.#stopCheck = startFileCheck(this.app);
  }

  /** Records the start, and takes up what a dead process left. */
  async #recover(): Promise<void> {
    const { database, integration, clock, runtime, log } = this.app;
    // Which variables override stored secrets: commands, whose own environment is another, read it.
    const overriding = overridingVariables(runtime.env).join(' ');
    await database.write((tx) => integration.recordStarted(tx, clock.now(), overriding));
    const orphans = await this.#work.recover();
    log.info({ orphans }, 'working');
  }

  /**
   * Stops accepting and claiming, lets running work finish or cuts it off, and resolves within nine seconds, unless
   * another process locks the database. The next start takes up what hasn't settled.
   */
  async stop(): Promise<void> {
    this.#draining.abort();
    clearInterval(this.#watch);
    this.#stopCheck();
    const working = this.#work.drain();
    const closing = this.#server.close();
    const lastMoment = delay(LAST_MS, undefined, { ref: false });
    await within(DRAIN_MS, working);
    await within(LAST_REQUESTS_MS, closing);
    // Cuts off the vendor calls that are left, so their work ends soon. What came of it, and new tokens of a login,
    // should still be stored.
    this.#abort.abort();
    await Promise.race([lastMoment, Promise.all([working, this.app.loginRenewals.settled()])]);
    try {
      await this.#noteRunning();
    } catch (error) {
      this.app.log.warn({ error: messageOf(error) }, 'the time of the end was not stored');
    }
  }

  /** Stores when the daemon last ran: what needs a running daemon isn't late while it's stopped. */
  #noteRunning(): Promise<void> {
    const { database, integration, clock } = this.app;
    return database.write((tx) => integration.record(tx, 'running', clock.now()));
  }
}

/** Resolves when the work is done, or after `limitMs`. */
function within(limitMs: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, delay(limitMs, undefined, { ref: false })]);
}

/** The build puts it beside the file that this one is bundled into. */
const CHECK_FILE = fileURLToPath(new URL('check-file.js', import.meta.url));

/**
 * Starts the check of a large database file, in a process that yields to the daemon: a thread couldn't be stopped
 * within SQLite's check. A small one was checked when it was opened. Damage ends the daemon as a failing disk does.
 * Returns a function that stops the check.
 */
function startFileCheck({ home, database, log }: App): () => void {
  if (!isLarge(home.databaseFile)) return () => undefined;
  const startedAt = performance.now();
  const child = fork(CHECK_FILE, [home.databaseFile], { stdio: 'ignore', execArgv: [] });
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // The shipped systemd units forbid it: then the check yields to no one.
  }
  child.on('message', ({ damage }: FileVerdict) => {
    log.info({ damage, ms: Math.round(performance.now() - startedAt) }, 'database file checked');
    if (damage !== null) database.recordFailure(damaged(damage));
  });
  child.on('error', ({ message }) => log.warn({ error: message }, 'database file not checked'));
  child.on('close', (code) => {
    // Null when a signal ended it, such as ours when the daemon stops.
    if (code !== null && code !== 0) log.warn({ code }, 'database file not checked');
  });
  return () => child.kill('SIGKILL');
}
