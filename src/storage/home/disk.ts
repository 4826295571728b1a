/** What the disk of a folder is, and how much of it is free. */
import { statfsSync } from 'node:fs';

export interface Disk {
  /** For this user. */
  freeBytes: number;
  /** `passing`: gone with the container or the power; `network`: another machine’s. */
  kind: 'lasting' | 'passing' | 'network';
}

/** Below this the disk is nearly full: an upgrade or a busy day may need as much. */
export const LOW_BYTES = 100_000_000;
export const SCARCE_BYTES = 500_000_000;

/** File systems as Linux's statfs numbers them: tmpfs, ramfs, overlayfs, aufs. */
const PASSING = new Set([0x01021994, 0x858458f6, 0x794c7630, 0x61756673]);
/** NFS, SMB, SMB2, CIFS. */
const NETWORK = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42]);

/** Throws when the folder isn't there. */
export function diskOf(folder: string): Disk {
  const { type, bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (process.platform !== 'linux') return { freeBytes, kind: 'lasting' };
  // Numbers above 2^31 come out negative on some systems.
  const number = type >>> 0;
  if (PASSING.has(number)) return { freeBytes, kind: 'passing' };
  return { freeBytes, kind: NETWORK.has(number) ? 'network' : 'lasting' };
}

export function megabytes(bytes: number): string {
  return `${String(Math.floor(bytes / 1_000_000))} MB`;
}
