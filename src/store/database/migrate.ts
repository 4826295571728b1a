/** Brings a database to this program's schema, after a copy of the file. Refuses files from newer programs. */
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError, NOT_SET_UP, RUN_SETUP } from '../../domain/errors.js';
import { copyPaused } from './copy-file.js';
import type { Database } from './database.js';
import { SCHEMA } from './schema.js';
import { toStorageError } from './storage-error.js';

/** The version of the file's schema; 0 for a file without one. */
export function schemaVersion(database: Database): number {
  return database.connection.pragma('user_version', { simple: true }) as number;
}

/** Throws `schema_mismatch`, naming both versions, unless the file has this program's schema; `not_set_up` for none. */
export function requireCurrentSchema(database: Database): void {
  const found = schemaVersion(database);
  if (found !== SCHEMA.length) throw mismatch(found, SCHEMA.length);
}

/** Throws `schema_mismatch` for a database of a newer program. */
export function requireKnownSchema(found: number, steps = SCHEMA): void {
  if (found > steps.length) throw mismatch(found, steps.length);
}

/** The error for a file with schema `found`, for a program that needs schema `known`, with the fix for each case. */
function mismatch(found: number, known: number): AppError {
  // A first setup that was killed leaves an empty file.
  if (found === 0) return new AppError('not_set_up', `${NOT_SET_UP}.`, RUN_SETUP);
  const what = `The database has schema ${String(found)}, but this program needs schema ${String(known)}.`;
  // An older database: `serve` upgrades it when it starts.
  let fix = 'Stop the daemon, then run: codesubmit-lever serve';
  if (found > known) fix = 'Install the newer version that wrote it.';
  return new AppError('schema_mismatch', what, fix);
}

/** Copies that upgrades and `restore` left: they hold what the database held then, secrets included. */
export function copiesOf(file: string): string[] {
  const folder = dirname(file);
  const prefixes = ['schema-', 'replaced-', 'restoring'].map((kind) => `${basename(file)}.${kind}`);
  return readdirSync(folder)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => join(folder, name));
}

/** Erases those copies (`copiesOf`), with a `revoke`: they contain secrets. */
export function eraseCopies(file: string): void {
  for (const copy of copiesOf(file)) rmSync(copy, { force: true });
}

/**
 * Runs the missing steps, each in a transaction with its version number, so a kill leaves either
 * the old or the new version. The caller holds the data directory's lock. Throws `schema_mismatch`
 * for a file from a newer program, and `AppError` when the disk can't hold the copy or a step.
 */
export function migrate(
  database: Database,
  /** Undefined if the file is already a copy. */
  file: string | undefined,
  steps: readonly string[] = SCHEMA,
): void {
  const found = schemaVersion(database);
  requireKnownSchema(found, steps);
  try {
    if (file !== undefined && found > 0 && found < steps.length)
      copyPaused(database, `${file}.schema-${String(found)}`);
    for (const [index, sql] of steps.entries()) {
      if (index >= found) runStep(database, sql, index + 1);
    }
  } catch (error) {
    throw toStorageError(error);
  }
}

/** Runs one step and stores its version, both or neither. */
function runStep({ connection }: Database, sql: string, version: number): void {
  const step = connection.transaction(() => {
    connection.exec(sql);
    connection.pragma(`user_version = ${String(version)}`);
  });
  // Takes the write lock first: SQLite may refuse it without waiting to a transaction that has read.
  step.immediate();
}
