/** What kind of disk a folder is on, how much of it is free, and whether that's enough. */
import { accessSync, constants, statfsSync } from 'node:fs';
import type { Wrong } from './fact.js';

/** Each write adds some pages to the write-ahead log. */
const FULL_BELOW_BYTES = 1_000_000;
/** Below this the disk is nearly full: an upgrade or a busy day may need this much. */
const LOW_BYTES = 100_000_000;
/** Below this `doctor` warns already. */
export const SCARCE_BYTES = 500_000_000;

/** Undefined when there is room. Warns early, before the disk is full and the daemon has to refuse deliveries. */
export function findDiskTrouble(folder: string): Wrong | undefined {
  const trouble = (code: 'storage_full' | 'storage_low', how: string, fix: string): Wrong => ({
    code,
    what: `The disk of the data directory is ${how}`,
    fix,
  });
  const freeUp = `Free up space on the disk of ${folder}`;
  if (isReadOnly(folder)) {
    const fix = `Make the disk of ${folder} writable. The daemon then continues`;
    return trouble('storage_full', 'read-only, so nothing can be stored', fix);
  }
  const { freeBytes } = diskOf(folder);
  if (freeBytes >= LOW_BYTES) return undefined;
  return freeBytes < FULL_BELOW_BYTES
    ? trouble(
        'storage_full',
        'full, so nothing can be stored',
        `${freeUp}. The daemon then continues`,
      )
    : trouble('storage_low', `nearly full: ${megabytes(freeBytes)} free`, freeUp);
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

interface Disk {
  /** For this user. */
  freeBytes: number;
  /** `passing`: lost with the container or the power; `network`: on another machine. */
  kind: 'lasting' | 'passing' | 'network';
}

/** File system numbers of Linux's statfs: tmpfs, ramfs, overlayfs, aufs. */
const PASSING_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6, 0x794c7630, 0x61756673]);
/** NFS, SMB, SMB2, CIFS. */
const NETWORK_FILE_SYSTEMS = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42]);

/** Throws when the folder doesn't exist. */
export function diskOf(folder: string): Disk {
  const { type, bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (process.platform !== 'linux') return { freeBytes, kind: 'lasting' };
  // Numbers above 2^31 are negative on some systems.
  const number = type >>> 0;
  if (PASSING_FILE_SYSTEMS.has(number)) return { freeBytes, kind: 'passing' };
  return { freeBytes, kind: NETWORK_FILE_SYSTEMS.has(number) ? 'network' : 'lasting' };
}

export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000)} MB`;
}
