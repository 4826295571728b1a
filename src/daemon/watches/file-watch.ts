/** Checks the database file from time to time, at once if it was too large at the start. */
import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isLarge, rememberDamage } from '../../storage/database/damage.js';
import { damaged } from '../../storage/database/storage-error.js';
import { MINUTE_MS, DAY_MS } from '../../domain/clock.js';
import type { FileVerdict } from '../../storage/database/check-file.js';
import type { Log } from '../../domain/log.js';
import type { Database } from '../../storage/database/database.js';
import type { Home } from '../../storage/home/home.js';

/** The build puts it beside the file that this one is bundled into. */
const CHECK_FILE = fileURLToPath(new URL('check-file.js', import.meta.url));
const FIRST_MS = 10 * MINUTE_MS;
const AGAIN_MS = DAY_MS;

interface FileWatchDeps {
  home: Home;
  database: Database;
  log: Log;
}

export class FileWatch {
  #timer: NodeJS.Timeout | undefined;
  #checking: ChildProcess | undefined;

  constructor(private readonly deps: FileWatchDeps) {}

  start(): void {
    if (isLarge(this.deps.home.databaseFile)) this.#check();
    else this.#checkIn(FIRST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#checking?.kill('SIGKILL');
  }

  #checkIn(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), ms).unref();
  }

  #check(): void {
    const { log } = this.deps;
    const startedAt = performance.now();
    const child = fork(CHECK_FILE, [this.deps.home.databaseFile], {
      stdio: 'ignore',
      execArgv: [],
    });
    this.#checking = child;
    giveWay(child);
    child.on('message', ({ damage }: FileVerdict) => {
      log.info({ damage, ms: Math.round(performance.now() - startedAt) }, 'database file checked');
      if (damage !== null) this.#noteDamage(damage);
    });
    child.on('error', ({ message }) => log.warn({ error: message }, 'database file not checked'));
    child.on('close', (code) => {
      if (code !== null && code !== 0) log.warn({ code }, 'database file not checked');
      this.#checkIn(AGAIN_MS);
    });
  }

  #noteDamage(what: string): void {
    const { database, home } = this.deps;
    const failure = damaged(what);
    rememberDamage(home.databaseFile, failure);
    database.noteFailure(failure);
  }
}

/** This may take any amount of time. */
function giveWay({ pid }: ChildProcess): void {
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
}
