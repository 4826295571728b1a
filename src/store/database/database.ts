/**
 * The one open connection of a process: pragmas, and `write`, which shares one durable commit per
 * event-loop turn.
 *
 * `synchronous` is FULL on every connection, because NORMAL in WAL loses acknowledged rows in a
 * power cut. A function that throws rolls back only its own savepoint. After an I/O error nothing is
 * acknowledged and the process ends. We run checkpoints ourselves, after a turn's answers have left,
 * because SQLite doesn't report a failing automatic one.
 */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- a query names the row that it reads */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { type AppError, isStorageTrouble } from '../../domain/errors.js';
import { isDiskError, toOpenError, toStorageError } from './storage-error.js';
import { syncFolder } from './sync-path.js';

/** Excludes functions that return a promise: a write and a snapshot end when their function returns. */
export type NotAPromise<T> = T extends PromiseLike<unknown> ? never : T;

/** Something to read from: the database, or a write in progress, which sees its own changes. */
export interface Reader {
  /** The first row; undefined if there is none. */
  get<Row>(sql: string, ...params: unknown[]): Row | undefined;
  all<Row>(sql: string, ...params: unknown[]): Row[];
}

/** The row of a query that always finds one, such as an aggregate. Throws if there is none: the query is wrong then. */
export function getRow<Row>(db: Reader, sql: string, ...params: unknown[]): Row {
  const row = db.get<Row>(sql, ...params);
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}

/** How many rows a query finds. `from`: what follows FROM in it. */
export function countRows(db: Reader, from: string, ...params: unknown[]): number {
  return getRow<{ n: number }>(db, `SELECT count(*) AS n FROM ${from}`, ...params).n;
}

/** The ids that a query selects as `id`. */
export function listIds<Id>(db: Reader, sql: string, ...params: unknown[]): Id[] {
  return db.all<{ id: Id }>(sql, ...params).map(({ id }) => id);
}

/**
 * A write in progress. A function that changes rows takes one, so the compiler checks that it runs inside a write. It
 * shows what this write has changed so far.
 */
export interface Tx extends Reader {
  /** Changes rows; the result says how many. Throws once the write has ended. */
  run(sql: string, ...params: unknown[]): BetterSqlite3.RunResult;
}

interface PendingWrite {
  run: (tx: Tx) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

const { SqliteError } = BetterSqlite3;
/** The number of pages in the write-ahead log that triggers a checkpoint; SQLite's own default. */
const CHECKPOINT_PAGES = 1_000;

/** Where the limit is a bare parameter, SQLite compiles the statement again for each value; `+ 0` avoids it. */
const BOUND_LIMIT = /\bLIMIT ([?:]\w*)/g;

export interface OpenOptions {
  isReadOnly?: boolean;
  /**
   * Called once when the disk fails or the file is found damaged. From then on nothing may be
   * acknowledged, and the process must end.
   */
  onDiskFailure?: (error: AppError) => void;
}

export class Database implements Reader {
  readonly connection: BetterSqlite3.Database;
  readonly #onDiskFailure: ((error: AppError) => void) | undefined;
  /** How often we ran a statement that may change the table, for each table that is remembered. */
  readonly #changes = new Map<string, number>();
  /** Prepared statements by their text: many are used in several places. */
  readonly #prepared = new Map<string, BetterSqlite3.Statement>();
  #pending: PendingWrite[] = [];
  #isRefusing = false;
  /** The disk failed, or the file is damaged: from then on every write is rejected with this. */
  #diskFailure: AppError | undefined;

  /**
   * Opens the file, creating it unless read-only. Throws `AppError` when it can't be opened. Bytes
   * instead of a path open a database in memory.
   */
  constructor(file: string | Buffer, options: OpenOptions = {}) {
    this.#onDiskFailure = options.onDiskFailure;
    try {
      this.connection = openConnection(file, options.isReadOnly ?? false);
    } catch (error) {
      throw typeof file === 'string' ? toOpenError(error, file) : toStorageError(error);
    }
  }

  /**
   * Runs `fn` in its own savepoint inside this turn's one transaction. Resolves with its result
   * after COMMIT has reached the disk. If `fn` throws, only this write rejects; a failed commit
   * rejects all writes of the turn.
   */
  write<T>(fn: (tx: Tx) => NotAPromise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // The first write of a turn plans the turn's one commit.
      if (this.#pending.length === 0) setImmediate(() => this.#flush());
      this.#pending.push({ run: fn, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Like `write`, but keeps retrying while the disk is full or the file busy. */
  writeWithRetry<T>(fn: (tx: Tx) => NotAPromise<T>): Promise<T> {
    return retryWhileBusy(() => this.write(fn));
  }

  /** Returns what `read` returns. Everything it reads comes from one moment, whatever others commit meanwhile. */
  snapshot<T>(read: () => NotAPromise<T>): T {
    return this.connection.transaction(read)();
  }

  /**
   * Like `read`, which reads this table, but runs it again only when we changed it or another process changed any. What a
   * trigger changes isn't noticed.
   */
  remember<T>(table: string, read: () => T): () => T {
    this.#changes.set(table, this.#changes.get(table) ?? 0);
    let known: { value: T; ours: number | undefined; theirs: number | undefined } | undefined;
    return () => {
      // How often we changed the table, and a number for others' changes: both as before means that nothing changed.
      const ours = this.#changes.get(table);
      const theirs = this.get<{ data_version: number }>('PRAGMA data_version')?.data_version;
      if (known && known.ours === ours && known.theirs === theirs) return known.value;
      const value = read();
      // A value read within a write may contain changes that are rolled back, which the counts don't show.
      if (!this.connection.inTransaction) known = { value, ours, theirs };
      return value;
    };
  }

  /** The first row; undefined if there is none. */
  get<Row>(sql: string, ...params: unknown[]): Row | undefined {
    return this.#execute(sql, (statement) => statement.get(...params) as Row | undefined);
  }

  /** All rows that the query finds. */
  all<Row>(sql: string, ...params: unknown[]): Row[] {
    return this.#execute(sql, (statement) => statement.all(...params) as Row[]);
  }

  /**
   * Runs `fn` with a `Tx`, and returns its result; `write` begins and commits what it changes. Once `fn` has returned, a
   * change by a `Tx` that was kept would belong to no write, and is refused.
   */
  lend<T>(fn: (tx: Tx) => T): T {
    let isOver = false;
    const run: Tx['run'] = (sql, ...params) => {
      if (isOver) throw new Error('this write has ended');
      for (const [table, times] of this.#changes) {
        if (sql.includes(table)) this.#changes.set(table, times + 1);
      }
      return this.#execute(sql, (statement) => statement.run(...params));
    };
    try {
      return fn({ run, get: this.get.bind(this), all: this.all.bind(this) });
    } finally {
      isOver = true;
    }
  }

  /** Executes a statement, compiled at its first use. Even a read that fails for the disk or the file is recorded. */
  #execute<T>(sql: string, execute: (statement: BetterSqlite3.Statement) => T): T {
    try {
      let statement = this.#prepared.get(sql);
      if (statement === undefined) {
        statement = this.connection.prepare(sql.replace(BOUND_LIMIT, 'LIMIT $1 + 0'));
        this.#prepared.set(sql, statement);
      }
      return execute(statement);
    } catch (error) {
      throw error instanceof SqliteError ? this.recordFailure(error) : error;
    }
  }

  /** Whether the last commit failed, and none has succeeded since. */
  get isRefusing(): boolean {
    return this.#isRefusing;
  }

  /** The size of the database, unused pages included. */
  sizeInBytes(): number {
    const read = (name: string): number => Number(this.connection.pragma(name, { simple: true }));
    return read('page_count') * read('page_size');
  }

  /** Moves the whole write-ahead log into the file, so erased pages are gone from both. */
  truncateWal(): void {
    this.connection.pragma('wal_checkpoint(TRUNCATE)');
  }

  /**
   * Rewrites the file and empties the log, so erased data is in neither. `secure_delete` overwrites
   * what is freed, but not the copies left in a page's unused part when rows move. Takes a second
   * per 100 MB, and blocks writes.
   */
  scrub(): void {
    try {
      // In memory we would need the file's size.
      this.connection.pragma('temp_store = FILE');
      this.connection.exec('VACUUM');
      this.truncateWal();
    } catch (error) {
      throw toStorageError(error);
    } finally {
      this.connection.pragma('temp_store = MEMORY');
    }
  }

  /** Commits the turn's writes, then closes the file. */
  close(): void {
    this.#flush();
    this.connection.close();
  }

  /** Ends the turn: commits what was written in it, then answers each write. */
  #flush(): void {
    const writes = this.#pending;
    this.#pending = [];
    if (writes.length === 0) return;
    try {
      if (this.#diskFailure) throw this.#diskFailure;
      const runEach = () => writes.map((write) => this.#runInSavepoint(write));
      // Once the transaction returns, all writes are on the disk, and each may be answered; if it throws, none is.
      for (const answer of this.connection.transaction(runEach).immediate()) answer();
      this.#isRefusing = false;
      if (this.#isLogLong()) setImmediate(() => this.#checkpoint());
    } catch (error) {
      this.#isRefusing = true;
      const failure = this.recordFailure(error);
      for (const write of writes) write.reject(failure);
    }
  }

  /**
   * Runs one write, and returns the function that answers its caller; it may be called once the turn is committed. An
   * error of the write undoes only its own changes, and becomes its answer. Throws only what concerns the whole turn.
   */
  #runInSavepoint(write: PendingWrite): () => void {
    try {
      // Within the turn's transaction, another one is a savepoint.
      // eslint-disable-next-line no-restricted-properties -- this is where a Tx comes from
      const value = this.connection.transaction(() => this.lend(write.run))();
      return () => write.resolve(value);
    } catch (error) {
      // A full or failing disk affects the whole turn, and may already have rolled it back.
      if (!this.connection.inTransaction || isDiskError(error)) throw error;
      return () => write.reject(error);
    }
  }

  /** Whether many pages of the write-ahead log are not in the file yet. */
  #isLogLong(): boolean {
    if (this.connection.memory) return false;
    // NOOP moves nothing, and only counts the log's pages.
    const sql = 'PRAGMA wal_checkpoint(NOOP)';
    const pages = this.get<{ log: number; checkpointed: number }>(sql);
    return pages !== undefined && pages.log - pages.checkpointed >= CHECKPOINT_PAGES;
  }

  /**
   * Moves committed pages from the log into the file, after the turn's answers have left. If it fails on a full disk,
   * nothing is lost: everything is in the log.
   */
  #checkpoint(): void {
    if (!this.connection.open || this.#diskFailure) return;
    try {
      this.connection.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      this.recordFailure(error);
    }
  }

  /**
   * Returns the error as an `AppError`. If the disk failed or the file is damaged, it calls `onDiskFailure` once, and
   * no write is accepted from now on.
   */
  recordFailure(error: unknown): AppError {
    const failure = toStorageError(error);
    if (failure.code === 'storage_failed' && !this.#diskFailure) {
      this.#diskFailure = failure;
      this.#onDiskFailure?.(failure);
    }
    return failure;
  }
}

/** The pause between attempts on a full disk or a busy file. */
const RETRY_PAUSE_MS = 500;

/** Repeats `attempt` while the disk is full or the file busy. Rejects with any other failure. */
export async function retryWhileBusy<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStorageTrouble(error)) throw error;
      await delay(RETRY_PAUSE_MS);
    }
  }
}

/** Creates the file unless read-only. Throws SQLite's errors, and then leaves nothing open. */
function openConnection(file: string | Buffer, readonly: boolean): BetterSqlite3.Database {
  // Left by a process that was killed while creating the file.
  if (typeof file === 'string' && existsSync(`${file}-journal`)) rollBackJournal(file);
  // Waits up to five seconds for another process that writes: better-sqlite3's default.
  const connection = new BetterSqlite3(file, { readonly, fileMustExist: readonly });
  try {
    // What SQLite forgets with each connection. The journal mode stays in the file, so a read-only connection leaves it.
    if (!readonly) connection.pragma('journal_mode = WAL');
    // NORMAL would lose acknowledged rows in a power cut.
    connection.pragma('synchronous = FULL');
    // `Database` runs checkpoints itself, because SQLite doesn't report a failing automatic one.
    connection.pragma('wal_autocheckpoint = 0');
    connection.pragma('foreign_keys = ON');
    // Overwrites what is deleted, so erased personal data doesn't stay in the file.
    connection.pragma('secure_delete = ON');
    connection.pragma('temp_store = MEMORY');
    if (!readonly && typeof file === 'string') syncLogFile(connection, file);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Rolls back the journal of a process that was killed while creating the file; later there is only a write-ahead log. A
 * connection that may write does so at its first read; a read-only one may not, so it could read nothing.
 */
function rollBackJournal(file: string): void {
  const connection = new BetterSqlite3(file, { fileMustExist: true });
  try {
    connection.pragma('user_version');
  } finally {
    connection.close();
  }
}

/**
 * Makes SQLite create the write-ahead log, by a read, and syncs its folder. SQLite does so after creating the log, but
 * doesn't report a failure.
 */
function syncLogFile(connection: BetterSqlite3.Database, file: string): void {
  connection.prepare('SELECT count(*) FROM sqlite_schema').get();
  if (!connection.memory) syncFolder(dirname(file));
}
