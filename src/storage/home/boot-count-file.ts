/** The file beside the database that says how often it was started: a database behind it is an older copy. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { replaceFile } from '../database/sync-path.js';
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
  replaceFile(home.bootCountFile, `${JSON.stringify({ homeId: homeId ?? '', count })}\n`);
}
