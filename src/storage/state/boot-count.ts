/**
 * Notices that the database is an older copy. A count grows in the database at every start and every ten minutes, and is
 * then written to a file beside it: only a database that was put back can be behind its file.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { toStorageError } from '../database/storage-error.js';
import { syncFolder } from '../database/sync-path.js';
import { messageOf } from '../../domain/errors.js';
import type { AppContext } from '../../app/app-context.js';

const counted = z.object({ homeId: z.string(), count: z.int().nonnegative() });
type Counted = z.infer<typeof counted>;

/** Before anything is claimed: a database behind its file starts paused, unless the environment says otherwise. */
export async function countStart(app: AppContext): Promise<void> {
  const { database, integration, runtime } = app;
  const beside = readCount(app);
  const isCopy = await database.write((tx) => {
    const found = integration.read().boot_count;
    const last = beside?.count ?? 0;
    integration.noteBootCount(tx, Math.max(found, last) + 1);
    if (found >= last) return false;
    if (afterRestore(app) === 'pause') integration.pauseRestored(tx, runtime.clock.now());
    return true;
  });
  writeCount(app);
  if (isCopy) runtime.log.warn({}, 'this database is older than its last start: a restored copy');
}

/** While the daemon runs, so that a copy made since the start counts as older too. */
export async function countOn(app: AppContext): Promise<void> {
  const { database, integration } = app;
  await database.write((tx) => {
    integration.noteBootCount(tx, integration.read().boot_count + 1);
  });
  writeCount(app);
}

function afterRestore({ configuration }: AppContext): 'pause' | 'run' {
  return configuration.current().settings.afterRestore;
}

/** Undefined where the file proves nothing: there is none, it can't be read, or it is another database's. */
function readCount({ home, settings }: AppContext): Counted | undefined {
  try {
    const { data } = counted.safeParse(JSON.parse(readFileSync(home.bootCountFile, 'utf8')));
    return data?.homeId === settings.findHomeId() ? data : undefined;
  } catch {
    return undefined;
  }
}

/** After the commit: whatever cuts this off leaves the file behind the database, which proves nothing. */
function writeCount(app: AppContext): void {
  const { database, home, integration, settings, runtime } = app;
  const count: Counted = {
    homeId: settings.findHomeId() ?? '',
    count: integration.read().boot_count,
  };
  try {
    replaceFile(home.bootCountFile, `${JSON.stringify(count)}\n`);
    syncFolder(home.folder);
  } catch (error) {
    const failure = toStorageError(error);
    if (failure.code === 'storage_failed') database.noteDamage(failure);
    // A full disk must not stop the daemon for this: the next hour writes it again.
    runtime.log.warn({ error: messageOf(failure) }, 'the boot count was not written');
  }
}

function replaceFile(file: string, content: string): void {
  const partial = `${file}.partial`;
  const descriptor = openSync(partial, 'w', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, file);
}
