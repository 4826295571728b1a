/** Facts of this machine: Node, the data directory, its disk, key and database, whether the daemon runs. */
import { readdirSync, lstatSync, accessSync, constants, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration, shellQuote } from '../../domain/format.js';
import { INSTALL, isStorageTrouble } from '../../domain/errors.js';
import { isLarge, requireUndamaged } from '../../store/database/judge-file.js';
import { Database } from '../../store/database/database.js';
import { requireCurrentSchema, schemaVersion } from '../../store/database/migrate.js';
import { readSecretVariable } from '../../store/home/environment.js';
import type { Home } from '../../store/home/home.js';
import { findSealer } from '../../store/settings/secret-key.js';
import { codesubmitHost, leverHosts } from '../../store/settings/vendor-addresses.js';
import { whenDaemonRan, type Answer, type Fact, type Known, type Wrong } from './fact.js';
import type { Inspection } from './inspection.js';

/** Below this the disk counts as full: each write adds some pages to the write-ahead log. */
const FULL_BELOW_BYTES = 1_000_000;
/** Below this it's nearly full: an upgrade or a busy day may need this much. */
const LOW_BYTES = 100_000_000;

/**
 * A disk that is full or read-only, so the daemon has to refuse deliveries, or that soon will be full. Undefined when
 * there is room.
 */
export function findDiskTrouble(folder: string): Wrong | undefined {
  const { freeBytes } = diskOf(folder);
  const isDiskReadOnly = isReadOnly(folder);
  // Either way nothing can be stored.
  const isFull = isDiskReadOnly || freeBytes < FULL_BELOW_BYTES;
  if (!isFull && freeBytes >= LOW_BYTES) return undefined;
  const how = isFull
    ? `${isDiskReadOnly ? 'read-only' : 'full'}, so nothing can be stored`
    : `nearly full: ${megabytes(freeBytes)} free`;
  return {
    code: isFull ? 'storage_full' : 'storage_low',
    stops: isFull ? 'everything' : null,
    what: `The disk of the data directory is ${how}`,
    fix: `Free up space on the disk of ${folder}${isFull ? ', or make it writable. The daemon then continues' : ''}`,
  };
}

/** Whether the disk itself is mounted read-only. Missing permissions are another problem. */
function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/** File system numbers of Linux's statfs: tmpfs, ramfs, overlayfs, aufs. */
const PASSING_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6, 0x794c7630, 0x61756673]);
/** NFS, SMB, SMB2, CIFS. */
const NETWORK_FILE_SYSTEMS = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42]);

/**
 * The free space for this user, and the kind of disk. `passing`: lost with the container or the power; `network`: on
 * another machine. Throws when the folder doesn't exist.
 */
export function diskOf(folder: string): {
  freeBytes: number;
  kind: 'lasting' | 'passing' | 'network';
} {
  const { type, bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (process.platform !== 'linux') return { freeBytes, kind: 'lasting' };
  // Numbers above 2^31 are negative on some systems.
  const number = type >>> 0;
  if (PASSING_FILE_SYSTEMS.has(number)) return { freeBytes, kind: 'passing' };
  return { freeBytes, kind: NETWORK_FILE_SYSTEMS.has(number) ? 'network' : 'lasting' };
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000)} MB`;
}

/** Node 20 gets no security fixes after April 2026. */
const ENDED_MAJOR = 20;

/**
 * Whether SQLite's addon fits this Node, and this Node still gets security fixes. Throws when the addon can't be
 * loaded. On a Node that we don't support the program refuses to start.
 */
function askNode(): Answer {
  new Database(':memory:').close();
  const version = process.version.slice(1);
  const [major] = version.split('.');
  const fine = `Node ${version}, and the database addon matches`;
  if (Number(major) > ENDED_MAJOR) return fine;
  return {
    level: 'warn',
    what: `${fine}, but Node ${major} no longer gets security fixes; we support it until April 2027`,
    fix: `Install Node 22.14 or later, or 24, then run: ${INSTALL}`,
  };
}

/**
 * Which of the addresses that we call are reached through a proxy. Doesn't name the proxy, since its address may contain
 * a password. Throws `configuration` for an address that isn't a proxy's.
 */
async function askProxy({ settings }: Inspection): Promise<Answer> {
  // Loaded late: no other fact of this file needs it.
  const { findProxy } = await import('../../net/send-request.js');
  const hosts = [...leverHosts(settings), codesubmitHost(settings)];
  const urls = [...hosts.map((host) => `https://${host}`), settings.publicUrl ?? []].flat();
  const proxied = urls.filter((url) => findProxy(new URL(url)) !== null);
  return proxied.length === 0 ? 'None: all is reached directly' : `For ${proxied.join(', ')}`;
}

/** Permission bits of a file's mode: all that group and others may do, and that others may write. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o002;

/** Whether the data directory is ours alone. */
function askHome({ home: { folder } }: Inspection): Answer {
  // A folder that is a disk of its own has this one, which belongs to root and isn't ours to fix.
  const names = readdirSync(folder).filter((name) => name !== 'lost+found');
  const files = names.flatMap((name) => {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats ? [{ path, stats }] : [];
  });
  // A link may lead to the folder: who owns that link says nothing.
  const entries = [{ path: folder, stats: statSync(folder) }, ...files];
  const uid = process.getuid?.();
  const foreign = entries.find(({ stats }) => uid !== undefined && stats.uid !== uid);
  if (foreign) {
    return {
      what: `${foreign.path} belongs to another user`,
      fix: `Run as the user who owns it, or: sudo chown -R "$(id -un)" ${shellQuote(folder)}`,
    };
  }
  // Windows has no such permission bits.
  if (process.platform === 'win32') return folder;
  // A volume's folder may belong to a group; the files inside are private by themselves. The mode of a link says nothing.
  const open = entries.find(
    ({ path, stats }) =>
      !stats.isSymbolicLink() && (stats.mode & (path === folder ? OTHERS_WRITE : OTHERS)) !== 0,
  );
  if (!open) return `Only you can read and write ${folder}`;
  return {
    what: `Other users can read or change ${open.path}`,
    fix: `Run: chmod -R go-rwx ${shellQuote(folder)}`,
  };
}

/** Whether the data directory outlasts a restart of the machine or container, and its locks can be trusted. */
function askHomeDisk({ home }: Inspection): Answer {
  const { kind } = diskOf(home.folder);
  if (kind === 'lasting') return 'The data directory is on a disk of this machine';
  const [where, better] =
    kind === 'passing'
      ? ['in memory or in a container’s own layer, and will be lost with it', 'a disk or a volume']
      : ['on a network disk, where locks and flushes are unreliable', 'a local disk'];
  const fix = `Move it to ${better}: set CODESUBMIT_LEVER_HOME, or use --home DIR`;
  return { level: 'warn', what: `The data directory is ${where}`, fix };
}

/** Whether the disk has room. Tries a write too: a disk may be full for this user only. Throws `storage_full`. */
async function askDiskSpace({ home, app }: Inspection): Promise<Answer> {
  const trouble = findDiskTrouble(home.folder);
  if (trouble) return trouble;
  await app.database.write((tx) => {
    app.integration.record(tx, 'nothing');
  });
  return `${megabytes(diskOf(home.folder).freeBytes)} free, and a test write worked`;
}

/**
 * Opens the database only to read from it: works beside a daemon, and without the encryption key. Throws if it doesn't
 * open, or hasn't this program's schema.
 */
function withDatabase<T>({ databaseFile }: Home, read: (database: Database) => T): T {
  const database = new Database(databaseFile, { isReadOnly: true });
  try {
    requireCurrentSchema(database);
    return read(database);
  } finally {
    database.close();
  }
}

/** Whether the database opens undamaged; throws if not. A large file passes: the daemon checks it, which takes long. */
function askDatabase({ home }: Inspection): Answer {
  return withDatabase(home, (database) => {
    // Passes a large file unchecked.
    requireUndamaged(home.databaseFile);
    const undamaged = isLarge(home.databaseFile) ? '' : ', undamaged';
    return `Opens, schema ${schemaVersion(database)}${undamaged}`;
  });
}

/**
 * Where the encryption key comes from. Throws `configuration` when it is missing, or isn't the one that the secrets are
 * encrypted with.
 */
function askKey({ home, runtime }: Inspection): Answer {
  return withDatabase(home, (database) => {
    findSealer(home, database, runtime);
    const isGiven = readSecretVariable(runtime.env, 'CODESUBMIT_LEVER_SECRET_KEY') !== undefined;
    return `From ${isGiven ? 'the environment' : 'its file'}; it decrypts the stored secrets`;
  });
}

/** Whether the data directory is in use, and no admin has paused it. */
function askSetUp(inspection: Inspection): Answer {
  const why = inspection.whyUnusable();
  if (why) return { what: why.message.replace(/\.$/, ''), fix: why.hint };
  const paused = findPause(inspection.app);
  return paused ? { level: 'warn', ...paused } : `Set up in ${inspection.home.folder}`;
}

/** An admin's pause. Not in a restored copy: the fact `restored_copy` reports that, and `resume` ends both pauses. */
function findPause({ integration }: Known): Wrong | undefined {
  const { paused_at: pausedAt, restored_at: restoredAt } = integration.read();
  if (pausedAt === null || restoredAt !== null) return undefined;
  return { what: 'Paused: no challenge is sent', fix: 'Run: codesubmit-lever resume' };
}

/** Whether the daemon is running. One that ran and stopped is a failure, one that was never started only a warning. */
function askDaemon({ app, now }: Inspection): Answer {
  const { running, since } = whenDaemonRan(app);
  const ago = since === null ? '' : `${formatDuration(now - since)} ago`;
  if (running) return ago === '' ? 'It’s running' : `It’s running; started ${ago}`;
  const fix = 'Run: codesubmit-lever serve';
  if (since === null) return { level: 'warn', what: 'Not started yet: nothing is sent', fix };
  return { what: `Not running; last seen ${ago}. Nothing is sent`, fix };
}

export const MACHINE_FACTS: readonly Fact[] = [
  { id: 'node', needs: 'nothing', ask: askNode },
  {
    id: 'home',
    title: 'data directory',
    code: 'home_open',
    needs: 'home',
    ask: askHome,
    pace: 'daily',
  },
  { id: 'home_disk', title: 'kind of disk', needs: 'home', ask: askHomeDisk },
  {
    id: 'disk_space',
    title: 'disk',
    needs: 'home',
    find: ({ home }) => findDiskTrouble(home.folder),
    ask: askDiskSpace,
    reports: isStorageTrouble,
  },
  {
    id: 'key',
    title: 'encryption key',
    needs: 'home',
    ask: askKey,
    reports: ({ code }) => code === 'configuration',
  },
  {
    id: 'database',
    needs: 'home',
    ask: askDatabase,
    reports: (error) => !isStorageTrouble(error),
  },
  { id: 'set_up', title: 'setup', needs: 'nothing', setupStep: findPause, ask: askSetUp },
  {
    id: 'restored_copy',
    title: 'backup',
    code: 'restored_copy',
    stops: 'sending',
    fine: 'This is no restored copy',
    /** `restored_at` is set in a copy, and stays set until `resume` ends the pause that came with it. */
    find: ({ integration }) => {
      const { restored_at: since } = integration.read();
      if (since === null) return undefined;
      return {
        since,
        what: 'This looks like a restored copy, so it started paused. Challenges sent after the copy was made may be missing here',
        fix: 'Check who would be invited: codesubmit-lever resume --dry-run, then run: codesubmit-lever resume',
      };
    },
  },
  { id: 'daemon', ask: askDaemon },
  { id: 'proxy', ask: askProxy, reports: () => true },
];
