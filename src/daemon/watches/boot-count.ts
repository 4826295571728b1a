/**
 * Notices that the database is an older copy. A count grows in the database at every start and every ten minutes, and is
 * then written to a file beside it: only a database that was put back can be behind its file.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { toStorageError } from '../../storage/database/storage-error.js';
import { syncFolder } from '../../storage/database/sync-path.js';
import { messageOf } from '../../domain/errors.js';
import type { Clock } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Database } from '../../storage/database/database.js';
import type { Home } from '../../storage/home/home.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { SettingsStore } from '../../storage/settings/settings-store.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';

const counted = z.object({ homeId: z.string(), count: z.int().nonnegative() });
type Counted = z.infer<typeof counted>;

export interface CountOnDeps {
  home: Home;
  database: Database;
  integration: IntegrationStore;
  settings: SettingsStore;
  clock: Clock;
  log: Log;
}

export interface CountStartDeps extends CountOnDeps {
  configuration: LiveConfiguration;
}

/** Before anything is claimed: a database behind its file starts paused, unless the environment says otherwise. */
export async function countStart(deps: CountStartDeps): Promise<void> {
  const { database, integration, configuration, clock, log } = deps;
  const beside = readCount(deps);
  const isCopy = await database.write((tx) => {
    const found = integration.read().boot_count;
    const last = beside?.count ?? 0;
    const now = clock.now();
    integration.noteBootCount(tx, Math.max(found, last) + 1, now);
    integration.noteDaemonStart(tx, now);
    if (found >= last) return false;
    const { afterRestore } = configuration.current().settings;
    if (afterRestore === 'pause') integration.pauseRestored(tx, now);
    return true;
  });
  writeCount(deps);
  if (isCopy) log.warn({}, 'this database is older than its last start: a restored copy');
}

/** While the daemon runs, so that a copy made since the start counts as older too. */
export async function countOn(deps: CountOnDeps): Promise<void> {
  const { database, integration, clock } = deps;
  await database.write((tx) => {
    integration.noteBootCount(tx, integration.read().boot_count + 1, clock.now());
  });
  writeCount(deps);
}

/** Undefined where the file proves nothing: there is none, it can't be read, or it is another database's. */
function readCount({ home, settings }: CountOnDeps): Counted | undefined {
  try {
    const { data } = counted.safeParse(JSON.parse(readFileSync(home.bootCountFile, 'utf8')));
    return data?.homeId === settings.findHomeId() ? data : undefined;
  } catch {
    return undefined;
  }
}

/** After the commit: whatever cuts this off leaves the file behind the database, which proves nothing. */
function writeCount({ home, database, integration, settings, log }: CountOnDeps): void {
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
    log.warn({ error: messageOf(failure) }, 'the boot count was not written');
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
