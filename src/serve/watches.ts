/** Checks a database file that is too large to be checked before the daemon starts. */
import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { App } from '../admin/app.js';
import type { FileVerdict } from '../store/database/check-file.js';
import { isLarge } from '../store/database/damage.js';
import { damaged } from '../store/database/storage-error.js';

/** The build puts it beside the file that this one is bundled into. */
const CHECK_FILE = fileURLToPath(new URL('check-file.js', import.meta.url));

/**
 * Checks the database in a process that yields to the daemon: a thread couldn't be stopped within SQLite's check.
 * Damage ends the daemon as a failing disk does. Returns a function that stops the check.
 */
export function checkBeside({ home, database, log }: App): () => void {
  if (!isLarge(home.databaseFile)) return () => undefined;
  const startedAt = performance.now();
  const child = fork(CHECK_FILE, [home.databaseFile], { stdio: 'ignore', execArgv: [] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  child.on('message', ({ damage }: FileVerdict) => {
    log.info({ damage, ms: Math.round(performance.now() - startedAt) }, 'database file checked');
    if (damage !== null) database.recordFailure(damaged(damage));
  });
  child.on('error', ({ message }) => log.warn({ error: message }, 'database file not checked'));
  child.on('close', (code) => {
    if (code !== null && code !== 0) log.warn({ code }, 'database file not checked');
  });
  return () => child.kill('SIGKILL');
}
