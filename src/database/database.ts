/** The one open connection of a process: pragmas, and `write`, which shares one durable commit per event-loop turn. */
import { setTimeout as delay } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { AppError } from '../domain/errors.js';
import { toStorageError } from './storage-error.js';

type NotAPromise<T> = T extends PromiseLike<unknown> ? never : T;

interface PendingWrite {
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

type Outcome = { write: PendingWrite } & ({ value: unknown } | { error: unknown });

const { SqliteError } = BetterSqlite3;
const BUSY_TIMEOUT_MS = 5_000;
const PATIENCE_MS = 500;
/** Where the file format's write and read versions stand, and what they are without a write-ahead log. */
const FORMAT_VERSIONS_AT = 18;
const ROLLBACK_JOURNAL = 1;

export interface OpenOptions {
  isReadOnly?: boolean;
  /** Called once when the disk fails: from then on nothing may be acknowledged, and the process must end. */
  onDiskFailure?: (error: AppError) => void;
}

export class Database {
  readonly connection: BetterSqlite3.Database;
  readonly #onDiskFailure: ((error: AppError) => void) | undefined;
  #pending: PendingWrite[] = [];
  #failure: AppError | undefined;

  /**
   * Opens the file, creating it unless read-only. `synchronous` is FULL: better-sqlite3's default in WAL mode is NORMAL,
   * under which a power cut loses acknowledged rows. Throws `AppError` when the file can't be opened. Bytes instead of
   * a file's name are a database in memory.
   */
  constructor(file: string | Buffer, options: OpenOptions = {}) {
    this.#onDiskFailure = options.onDiskFailure;
    try {
      const readonly = options.isReadOnly ?? false;
      this.connection = new BetterSqlite3(file, { readonly, fileMustExist: readonly });
      this.connection.pragma(`busy_timeout = ${String(BUSY_TIMEOUT_MS)}`);
      if (!readonly) this.connection.pragma('journal_mode = WAL');
      this.connection.pragma('synchronous = FULL');
      this.connection.pragma('foreign_keys = ON');
      this.connection.pragma('secure_delete = ON');
      this.connection.pragma('temp_store = MEMORY');
    } catch (error) {
      throw toStorageError(error);
    }
  }

  /**
   * Runs `fn` in its own savepoint inside this turn's one transaction and resolves with its result after COMMIT has
   * reached the disk. What `fn` throws rejects this write alone; a failed commit rejects all of the turn.
   */
  write<T>(fn: () => NotAPromise<T>): Promise<T> {
    const { promise, resolve, reject } = withResolvers<T>();
    if (this.#pending.length === 0) setImmediate(() => this.#flush());
    this.#pending.push({ run: fn, resolve: resolve as (value: unknown) => void, reject });
    return promise;
  }

  /** Like `write`, for what must be kept: while the disk is full or the file busy it is tried again until it is. */
  async writePatiently<T>(fn: () => NotAPromise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.write(fn);
      } catch (error) {
        const isPassing =
          error instanceof AppError && ['storage_full', 'storage_busy'].includes(error.code);
        if (!isPassing) throw error;
        await delay(PATIENCE_MS);
      }
    }
  }

  prepare<Params extends unknown[], Row>(sql: string): BetterSqlite3.Statement<Params, Row> {
    return this.connection.prepare<Params, Row>(sql);
  }

  /** Empties the write-ahead log into the file, so that erased pages are gone from both. */
  truncateWal(): void {
    this.connection.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** A private copy in memory, as the database is at this moment: what is written to it is gone with it. */
  copyInMemory(): Database {
    const bytes = this.connection.transaction(() => this.connection.serialize())();
    // "WAL" in the file's header, which SQLite opens in no database in memory.
    bytes.fill(ROLLBACK_JOURNAL, FORMAT_VERSIONS_AT, FORMAT_VERSIONS_AT + 2);
    return new Database(bytes);
  }

  /**
   * Writes the file anew and empties the log, so that nothing erased is left in either: `secure_delete` clears what is
   * freed, but not the copies that stay in a page's unused part when rows are moved. Takes a second for each 100 MB,
   * during which nobody writes.
   */
  scrub(): void {
    try {
      // In memory the file's size would be needed.
      this.connection.pragma('temp_store = FILE');
      this.connection.exec('VACUUM');
      this.truncateWal();
    } catch (error) {
      throw toStorageError(error);
    } finally {
      this.connection.pragma('temp_store = MEMORY');
    }
  }

  close(): void {
    this.#flush();
    this.connection.close();
  }

  #flush(): void {
    const writes = this.#pending;
    this.#pending = [];
    if (writes.length === 0) return;
    try {
      if (this.#failure) throw this.#failure;
      for (const outcome of this.#commit(writes)) settle(outcome);
    } catch (error) {
      const failure = this.#noteFailure(error);
      for (const write of writes) write.reject(failure);
    }
  }

  #commit(writes: PendingWrite[]): Outcome[] {
    const { connection } = this;
    connection.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = writes.map((write) => this.#runInSavepoint(write));
      connection.exec('COMMIT');
      return outcomes;
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }

  #runInSavepoint(write: PendingWrite): Outcome {
    const { connection } = this;
    connection.exec('SAVEPOINT one');
    try {
      const value = write.run();
      connection.exec('RELEASE one');
      return { write, value };
    } catch (error) {
      // A full or failing disk concerns the whole turn, and may have rolled it back already.
      if (!connection.inTransaction || isDiskError(error)) throw error;
      connection.exec('ROLLBACK TO one');
      connection.exec('RELEASE one');
      return { write, error: error instanceof SqliteError ? toStorageError(error) : error };
    }
  }

  #noteFailure(error: unknown): unknown {
    const failure = toStorageError(error);
    if (failure.code === 'storage_failed' && !this.#failure) {
      this.#failure = failure;
      this.#onDiskFailure?.(failure);
    }
    return failure;
  }
}

function isDiskError(error: unknown): boolean {
  return ['storage_full', 'storage_failed'].includes(toStorageError(error).code);
}

function settle(outcome: Outcome): void {
  if ('error' in outcome) outcome.write.reject(outcome.error);
  else outcome.write.resolve(outcome.value);
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
