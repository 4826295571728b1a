/** Says at the end of a run which tools are missing here, and what was skipped for want of each. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** `hasTool` leaves a file for each, with the test files that asked. */
const folder = mkdtempSync(join(tmpdir(), 'missing-tools-'));

export function setup(): void {
  process.env.MISSING_TOOLS = folder;
}

export function teardown(): void {
  for (const tool of readdirSync(folder).sort()) {
    const files = new Set(readFileSync(join(folder, tool), 'utf8').trim().split('\n'));
    const names = [...files].map((file) => relative('.', file)).sort();
    process.stderr.write(`skipped for want of ${tool}: ${names.join(', ')}\n`);
  }
  rmSync(folder, { recursive: true });
}
