/** Opens a data directory that was set up, with its key, for what only reads it. */
import type { Database, OpenOptions } from '../../store/database/database.js';
import type { Home } from '../../store/home/home.js';
import type { Sealer } from '../../store/home/sealer.js';
import { openCurrent } from '../../store/open-existing.js';
import { findSealer } from '../../store/settings/secret-key.js';
import type { Runtime } from '../../admin/app.js';
import { createReadContext, type ReadContext } from './read-context.js';

/** What `status` needs: it loads a third of the program. Throws like `openApp`. */
export function openToRead(home: Home, runtime: Runtime): ReadContext {
  return openWithKey(home, runtime, { isReadOnly: true }, createReadContext);
}

/** Throws `not_set_up`, `schema_mismatch` or `configuration`. */
export function openWithKey<Context>(
  home: Home,
  runtime: Runtime,
  options: OpenOptions,
  create: (home: Home, database: Database, sealer: Sealer, runtime: Runtime) => Context,
): Context {
  return openCurrent(home, options, (database) =>
    create(home, database, findSealer(home, database, runtime), runtime),
  );
}
