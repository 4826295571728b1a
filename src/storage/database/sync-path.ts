/** What a file holds, or which names a folder holds, survives a power cut from here on. */
import { closeSync, fsyncSync, openSync } from 'node:fs';

export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Windows syncs names by itself, and opens no folder. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') syncPath(folder);
}
