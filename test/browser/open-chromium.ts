// Debian's chromium for the browser tests, and what to do without it.
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** False skips the tests with a sentence; with REQUIRE_BROWSER=1 they run, and fail. */
export function hasChromium(): boolean {
  if (existsSync(executablePath) || process.env['REQUIRE_BROWSER'] === '1') return true;
  process.stderr.write(`Browser tests are skipped: there is no ${executablePath}.\n`);
  return false;
}

export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}
