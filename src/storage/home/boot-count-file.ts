/** The file beside the database that says how often it was started: a database behind it is an older copy. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { syncFolder } from '../database/sync-path.js';
import type { Home } from './home.js';

const counted = z.object({ homeId: z.string(), count: z.int().nonnegative() });

/** Undefined where the file proves nothing: there is none, it can't be read, or it is another database's. */
export function readBootCount(home: Home, homeId: string | undefined): number | undefined {
  try {
    const { data } = counted.safeParse(JSON.parse(readFileSync(home.bootCountFile, 'utf8')));
    return data?.homeId === homeId ? data?.count : undefined;
  } catch {
    return undefined;
  }
}

/** Throws what the disk refuses with. */
export function writeBootCount(home: Home, homeId: string | undefined, count: number): void {
  const content = `${JSON.stringify({ homeId: homeId ?? '', count })}\n`;
  const partial = `${home.bootCountFile}.partial`;
  const descriptor = openSync(partial, 'w', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, home.bootCountFile);
  syncFolder(home.folder);
}
