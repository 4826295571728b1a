/**
 * Notices that the database is an older copy. A counter grows in the database at every start and
 * every ten minutes, and is then written to a file beside it. Only a restored database can be
 * behind its file.
 */
import type { Clock } from '../../domain/clock.js';
import { messageOf } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Pipeline } from '../../pipeline/create-pipeline.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { toStorageError } from '../../storage/database/storage-error.js';
import { readBootCount, writeBootCount } from '../../storage/home/boot-count-file.js';
import type { Home } from '../../storage/home/home.js';
import { overridingVariables } from '../../storage/settings/configuration.js';
import type { Environment } from '../../storage/home/environment.js';
import type { SettingsStore } from '../../storage/settings/settings-store.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';

export interface CountOnDeps {
  home: Home;
  database: Database;
  integration: IntegrationStore;
  settings: SettingsStore;
  clock: Clock;
  log: Log;
}

/** Runs before anything is claimed. `onCopy` is part of its write, if the database is a restored copy. */
export async function countStart(
  deps: CountOnDeps,
  env: Environment,
  onCopy: (tx: Tx) => void,
): Promise<void> {
  const { home, database, integration, settings, clock, log } = deps;
  const beside = readBootCount(home, settings.findHomeId());
  const isCopy = await database.write((tx) => {
    const found = integration.read().boot_count;
    const last = beside ?? 0;
    const now = clock.now();
    integration.note(tx, {
      boot_count: Math.max(found, last) + 1,
      ...{ daemon_started_at: now, daemon_seen_at: now },
      daemon_environment: overridingVariables(env).join(' '),
    });
    const isOlder = found < last;
    if (isOlder || integration.read().restored_at !== null) onCopy(tx);
    return isOlder;
  });
  writeCount(deps);
  if (isCopy) log.warn({}, 'this database is older than its last start, so it is a restored copy');
}

/**
 * A copy stays paused until `resume`, or continues after reading CodeSubmit's list again. Links and notes don't wait for
 * that: Lever is asked first whether they are there.
 */
export function treatAsRestored(
  tx: Tx,
  { integration, list, writebacks, currentSettings, clock }: Pipeline,
): void {
  writebacks.doubt(tx);
  if (currentSettings().afterRestore === 'pause') {
    integration.pauseRestored(tx, clock.now());
    return;
  }
  list.distrust(tx);
  integration.forgetRestored(tx);
}

/** Runs while the daemon does, so a copy made since the start counts as older too. */
export async function countOn(deps: CountOnDeps): Promise<void> {
  const { database, integration, clock } = deps;
  await database.write((tx) => {
    const { boot_count: count } = integration.read();
    integration.note(tx, { boot_count: count + 1, daemon_seen_at: clock.now() });
  });
  writeCount(deps);
}

/** After the commit: a crash here leaves the file behind the database, which proves nothing. */
function writeCount({ home, database, integration, settings, log }: CountOnDeps): void {
  try {
    writeBootCount(home, settings.findHomeId(), integration.read().boot_count);
  } catch (error) {
    const failure = toStorageError(error);
    if (failure.code === 'storage_failed') database.noteFailure(failure);
    // A full disk must not stop the daemon here; the next hour tries again.
    log.warn({ error: messageOf(failure) }, 'boot count not written');
  }
}
