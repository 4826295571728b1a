/**
 * Whether the data directory's disk accepts a write, and for how long: `status` warns before the
 * daemon has to refuse deliveries.
 */
import { accessSync, constants } from 'node:fs';
import { diskOf, LOW_BYTES, megabytes } from '../../storage/home/disk.js';

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
