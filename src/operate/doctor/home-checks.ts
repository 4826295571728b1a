/** Checks of the data directory: who can read it, its disk, its key and its database. */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../../domain/shell.js';
import { readSecretVariable } from '../../storage/home/environment.js';
import { findSealer } from '../../storage/settings/home-key.js';
import { isLarge, requireUndamaged } from '../../storage/database/damage.js';
import { Database } from '../../storage/database/database.js';
import { requireCurrentSchema, schemaVersion } from '../../storage/database/migrate.js';
import { fail, pass, warn, type Check, type Finding } from './check.js';
import { findDiskProblem, diskOf, megabytes, SCARCE_BYTES } from '../problems/disk-problem.js';
import type { CheckContext } from './check-context.js';

export interface HomeParts {
  database: Database;
}

const OTHERS = 0o077;
const OTHERS_WRITE = 0o002;

interface Entry {
  path: string;
  stats: Stats;
}

function entriesOf(folder: string): Entry[] {
  // The root of a separate disk has an entry that `exceptions` leaves out.
  const names = readdirSync(folder).filter((name) => name !== 'lost+found');
  const paths = [folder, ...names.map((name) => join(folder, name))];
  return paths.flatMap((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats ? [{ path, stats }] : [];
  });
}

function checkHome({ home }: CheckContext): Finding {
  const { folder } = home;
  const entries = entriesOf(folder);
  const uid = process.getuid?.();
  const foreign = entries.find(({ stats }) => uid !== undefined && stats.uid !== uid);
  if (foreign) {
    return fail(
      `${foreign.path} belongs to another user`,
      `Run as the user who owns it, or: sudo chown -R "$(id -un)" ${shellQuote(folder)}`,
    );
  }
  if (process.platform === 'win32') return pass(folder);
  const fix = `Run: chmod -R go-rwx ${shellQuote(folder)}`;
  const open = entries.find(({ path, stats }) => path !== folder && (stats.mode & OTHERS) !== 0);
  if (open) return fail(`Other users can read ${open.path}`, fix);
  // A volume's folder may belong to a group; the files inside are private by themselves.
  const isShared = ((entries[0]?.stats.mode ?? 0) & OTHERS_WRITE) !== 0;
  if (isShared) return fail(`Anyone on this machine can write to ${folder}`, fix);
  return pass(`Only you can read and write ${folder}`);
}

function checkHomeDisk({ home }: CheckContext): Finding {
  const { kind } = diskOf(home.folder);
  switch (kind) {
    case 'passing':
      return warn(
        'The data directory is in memory or in a container’s own layer, and will be lost with it',
        'Move it to a disk or a volume: set CODESUBMIT_LEVER_HOME, or use --home DIR',
      );
    case 'network':
      return warn(
        'The data directory is on a network disk, where locks and flushes are unreliable',
        'Move it to a local disk: set CODESUBMIT_LEVER_HOME, or use --home DIR',
      );
    case 'lasting':
      return pass('The data directory is on a disk of this machine');
  }
}

/** Tries a write too: a disk may be full for this user only. Throws `storage_full`. */
async function checkDiskSpace({ home, app }: CheckContext<HomeParts>): Promise<Finding> {
  await app.database.write((tx) => {
    app.integration.touch(tx);
  });
  const problem = findDiskProblem(home.folder);
  if (problem) return fail(problem.what, problem.fix);
  const free = `${megabytes(diskOf(home.folder).freeBytes)} free`;
  if (diskOf(home.folder).freeBytes >= SCARCE_BYTES)
    return pass(`${free}, and a test write worked`);
  return warn(`Only ${free}`, `Free up space on the disk of ${home.folder}`);
}

/** Needs no key. The daemon checks large files for damage. */
function checkDatabase({ home }: CheckContext): Finding {
  const database = new Database(home.databaseFile, { isReadOnly: true });
  try {
    requireCurrentSchema(database);
    const schema = `schema ${schemaVersion(database)}`;
    requireUndamaged(home.databaseFile);
    return pass(`Opens, ${schema}${isLarge(home.databaseFile) ? '' : ', undamaged'}`);
  } finally {
    database.close();
  }
}

/** Throws `configuration` when the key is missing or another one. */
function checkKey({ home, runtime }: CheckContext): Finding {
  const database = new Database(home.databaseFile, { isReadOnly: true });
  try {
    findSealer(home, database, runtime);
    const isGiven = readSecretVariable(runtime.env, 'CODESUBMIT_LEVER_SECRET_KEY') !== undefined;
    return pass(`From ${isGiven ? 'the environment' : 'its file'}; it decrypts the stored secrets`);
  } finally {
    database.close();
  }
}

export const HOME_CHECKS: readonly Check<HomeParts>[] = [
  {
    ...{ id: 'home', needs: 'home', isCheap: true, run: checkHome },
    problem: { code: 'home_open', vendor: null },
  },
  { id: 'home_disk', needs: 'home', isCheap: true, run: checkHomeDisk },
  { id: 'disk_space', needs: 'app', isCheap: true, run: checkDiskSpace },
  { id: 'key', needs: 'home', isCheap: true, run: checkKey },
  { id: 'database', needs: 'home', isCheap: false, run: checkDatabase },
];
