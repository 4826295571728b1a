/** What kind of disk a folder is on, and how much of it is free. */
import { statfsSync } from 'node:fs';

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
  return `${String(Math.floor(bytes / 1_000_000))} MB`;
}
