/** Makes a file's contents, or a folder's entries, survive a power cut. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Returns once the file's contents, or the folder's entries, are on the disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Returns once the folder's entries, such as the name of a new file, are on the disk. Does nothing on Windows, which
 * syncs names by itself and doesn't open folders.
 */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') syncPath(folder);
}

/** Replaces a private file all at once. Throws the disk's error. */
export function replaceFile(file: string, content: string): void {
  const partial = `${file}.partial`;
  writeFileSync(partial, content, { mode: 0o600, flush: true });
  renameSync(partial, file);
  syncFolder(dirname(file));
}
