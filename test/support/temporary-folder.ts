/** A folder for one test file, removed after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Call while the test file is collected. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-test-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
