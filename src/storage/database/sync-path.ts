/** Makes a file's contents, or a folder's entries, survive a power cut. */
import { closeSync, fsyncSync, openSync } from 'node:fs';

export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Windows syncs names by itself, and doesn't open folders. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') syncPath(folder);
}
