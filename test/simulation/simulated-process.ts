/** One start of the daemon in simulated time: its own loops on a database in memory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/cli/context/open-app.js';
import type { App, Runtime, Observer } from '../../src/admin/app.js';
import type { Clock } from '../../src/domain/clock.js';
import { Work } from '../../src/serve/loops/work.js';
import type { Log } from '../../src/domain/log.js';
import { retryWhileBusy, type Database, type Tx } from '../../src/store/database/database.js';
import { tryLock } from '../../src/store/database/file-lock.js';
import { RateLimiter } from '../../src/net/shared-rate.js';
import type { TappedRequest } from '../rigs/vendor-tap.js';
import type { Dice } from './dice.js';
import { SEALER } from './simulated-database.js';
import type { SimulatedMachine } from './simulated-machine.js';
import type { SimulatedTime } from './simulated-time.js';
import { CODESUBMIT, LEVER, type Caller, type SimulatedWire } from './simulated-wire.js';

export const POLL_MS = 500;

const nothing = (): void => undefined;

/** Only asked how large and how full it is. */
const folder = join(tmpdir(), `simulated-home-${String(process.pid)}`);
const home = {
  folder,
  databaseFile: join(folder, 'codesubmit-lever.db'),
  // No file is asked whether a daemon runs.
  serveLock: ':memory:',
  refreshLock: join(folder, 'refresh.lock'),
};
mkdirSync(folder, { recursive: true, mode: 0o700 });
writeFileSync(home.databaseFile, '', { mode: 0o600 });

const serveLock = join(folder, 'serve.lock');
/** For the command that waits for what a running daemon has in hand: it is locked as long as this is there. */
export const SERVED_HOME = { ...home, serveLock, lock: tryLock(serveLock) };

/** One start of the daemon, until it is stopped or dies. */
export class SimulatedProcess implements Caller {
  isDead = false;
  /** Errors that it logged and nobody had made. */
  readonly unforeseen: string[] = [];
  readonly abort = new AbortController();
  readonly app: App;
  #work: Work | undefined;
  readonly #timers = {
    after: (ms: number, run: () => void) =>
      this.time.after(ms, () => {
        if (!this.isDead) run();
      }),
  };
  readonly #draining = new AbortController();
  #writes = 0;

  constructor(
    private readonly time: SimulatedTime,
    wire: SimulatedWire,
    readonly database: Database,
    private readonly machine: SimulatedMachine,
    readonly onMoment: Caller['onMoment'],
    log: Log,
    observer?: Observer,
  ) {
    const own = this.#watch(database);
    const around = {
      ...runtimeOf(time.calendar, machine.dice, this.#watchLog(log)),
      ...(observer && { observer }),
    };
    const leverRate = new RateLimiter(own, time.calendar, this.#timers);
    const http = { wire: wire.of(this) };
    this.app = createApp(home, own, SEALER, around, { leverRate, http });
  }

  /** The daemon's loops. A command has none. */
  get work(): Work {
    return (this.#work ??= new Work(this.app, {
      pollMs: POLL_MS,
      timers: this.#timers,
      signal: this.abort.signal,
      draining: this.#draining.signal,
    }));
  }

  async start(): Promise<void> {
    await this.time.drive(this.work.recover());
    this.work.start();
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    this.#draining.abort();
    await this.time.drive(this.work.drain());
    this.isDead = true;
  }

  /** Whether something waits to be committed in the next turn. */
  get isWriting(): boolean {
    return this.#writes > 0;
  }

  /** The database as this process sees it. Nothing is written any more once it has died. */
  #watch(database: Database): Database {
    const write: Database['write'] = (change) => {
      if (this.isDead) return new Promise(() => undefined);
      this.#writes += 1;
      const done = database.write(this.#unlessInTrouble(change)).finally(() => {
        this.#writes -= 1;
      });
      // That something is committed is a moment too: what follows it in the same turn may never happen.
      done.then(() => this.isDead || this.onMoment('committed', NO_REQUEST), nothing);
      return done;
    };
    const own = {
      write,
      writeWithRetry: (change) => retryWhileBusy(() => write(change)),
      connection: database.connection,
      sizeInBytes: () => database.sizeInBytes(),
      isRefusing: false,
      snapshot: (read) => database.snapshot(read),
      remember: (table, read) => database.remember(table, read),
      get: (sql, ...params) => database.get(sql, ...params),
      all: (sql, ...params) => database.all(sql, ...params),
      truncateWal: nothing,
      scrub: () => database.scrub(),
    } satisfies Partial<Database>;
    return own as unknown as Database;
  }

  /** What it has written by then is rolled back. */
  #unlessInTrouble<T>(change: (tx: Tx) => T): (tx: Tx) => T {
    return (tx) => {
      const value = change(tx);
      if (this.machine.trouble) throw this.machine.trouble;
      return value;
    };
  }

  /** No error but a vendor's is foreseen, and those of the trouble that was made. */
  #watchLog(log: Log): Log {
    const noting =
      (level: keyof Log): Log[keyof Log] =>
      (fields, message) => {
        const { error } = fields as { error?: string };
        const { trouble, troubles } = this.machine;
        const isForeseen =
          error === undefined || trouble || troubles.has(error) || OF_VENDOR.test(error);
        if (!isForeseen && !this.isDead) this.unforeseen.push(`${message}: ${error}`);
        log[level](fields, message);
      };
    return {
      debug: noting('debug'),
      info: noting('info'),
      warn: noting('warn'),
      error: noting('error'),
    };
  }
}

const OF_VENDOR = /^(lever|codesubmit) /;
const NO_REQUEST: TappedRequest = { method: '', path: '', body: '' };

export function isChallenge({ method, path }: TappedRequest): boolean {
  return method === 'POST' && path === '/api/external/candidates';
}

function runtimeOf(clock: Clock, dice: Dice, log: Log): Runtime {
  return {
    env: { LEVER_API_URL: `${LEVER}/v1`, CODESUBMIT_API_URL: CODESUBMIT },
    configFolder: folder,
    clock,
    random: () => dice.random(),
    log,
    version: '0',
  };
}
