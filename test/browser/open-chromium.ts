// Debian's chromium for the browser tests, and what to do without it.
import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const { executablePath, args } = JSON.parse(
  readFileSync(new URL('chromium.json', import.meta.url), 'utf8'),
) as { executablePath: string; args: string[] };

/** False skips the tests with a sentence; with REQUIRE_BROWSER=1 they run, and fail. */
export function hasChromium(): boolean {
  if (existsSync(executablePath) || process.env['REQUIRE_BROWSER'] === '1') return true;
  process.stderr.write(`Browser tests are skipped: there is no ${executablePath}.\n`);
  return false;
}

export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}
