/** Whether the home's disk takes a write, and for how long still: what `status` says before the daemon has to refuse something. */
import { accessSync, constants } from 'node:fs';
import { diskOf, LOW_BYTES, megabytes } from '../../storage/home/disk.js';

/** The write-ahead log grows by some pages in each write. */
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
      what: 'The disk of the home folder is read-only, and nothing is taken',
      fix: `Make the disk of ${folder} writable; the daemon goes on by itself`,
    };
  }
  const { freeBytes } = diskOf(folder);
  if (freeBytes >= LOW_BYTES) return undefined;
  if (freeBytes < FULL_BELOW_BYTES) {
    return {
      code: 'storage_full',
      what: 'The disk of the home folder is full, and nothing is taken',
      fix: `Free some space on the disk of ${folder}; the daemon goes on by itself`,
    };
  }
  return {
    code: 'storage_low',
    what: `The disk of the home folder is nearly full: ${megabytes(freeBytes)} free`,
    fix: `Free some space on the disk of ${folder}`,
  };
}

/** The disk, not our right to it. */
function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}
