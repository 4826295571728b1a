/** Whether the disk has room: `status` warns before the daemon has to refuse deliveries. */
import { accessSync, constants, statfsSync } from 'node:fs';

/** Each write adds some pages to the write-ahead log. */
const FULL_BELOW_BYTES = 1_000_000;

export interface DiskProblem {
  code: 'storage_full' | 'storage_low';
  what: string;
  fix: string;
}

/** Undefined when there is room. */
export function findDiskProblem(folder: string): DiskProblem | undefined {
  if (isReadOnly(folder)) {
    return {
      code: 'storage_full',
      what: 'The disk of the data directory is read-only, so nothing can be stored',
      fix: `Make the disk of ${folder} writable. The daemon then continues`,
    };
  }
  const { freeBytes } = diskOf(folder);
  if (freeBytes >= LOW_BYTES) return undefined;
  if (freeBytes < FULL_BELOW_BYTES) {
    return {
      code: 'storage_full',
      what: 'The disk of the data directory is full, so nothing can be stored',
      fix: `Free up space on the disk of ${folder}. The daemon then continues`,
    };
  }
  return {
    code: 'storage_low',
    what: `The disk of the data directory is nearly full: ${megabytes(freeBytes)} free`,
    fix: `Free up space on the disk of ${folder}`,
  };
}

/** Caused by the disk, not by our permissions. */
function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

// What kind of disk a folder is on, and how much of it is free.

export interface Disk {
  /** For this user. */
  freeBytes: number;
  /** `passing`: lost with the container or the power; `network`: on another machine. */
  kind: 'lasting' | 'passing' | 'network';
}

/** Below this the disk is nearly full: an upgrade or a busy day may need this much. */
export const LOW_BYTES = 100_000_000;
export const SCARCE_BYTES = 500_000_000;

/** File system numbers of Linux's statfs: tmpfs, ramfs, overlayfs, aufs. */
const PASSING = new Set([0x01021994, 0x858458f6, 0x794c7630, 0x61756673]);
/** NFS, SMB, SMB2, CIFS. */
const NETWORK = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42]);

/** Throws when the folder doesn't exist. */
export function diskOf(folder: string): Disk {
  const { type, bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (process.platform !== 'linux') return { freeBytes, kind: 'lasting' };
  // Numbers above 2^31 are negative on some systems.
  const number = type >>> 0;
  if (PASSING.has(number)) return { freeBytes, kind: 'passing' };
  return { freeBytes, kind: NETWORK.has(number) ? 'network' : 'lasting' };
}

export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000)} MB`;
}
