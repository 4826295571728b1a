// What every picture needs: the built program under its own name, an environment without anything of yours, a browser.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

/** As the browser tests open it; CHROMIUM names another one. */
export async function openBrowser() {
  const file = new URL('../../test/browser/chromium.json', import.meta.url);
  const { executablePath, args } = JSON.parse(await readFile(file, 'utf8'));
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? executablePath, args });
}

/** Nothing of your own integration is inherited. */
export function makeEnvironment(folder, home) {
  const { PATH, TMPDIR } = process.env;
  return {
    ...{ PATH: `${join(folder, 'bin')}:${PATH}`, HOME: folder, LANG: 'C.UTF-8' },
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    CODESUBMIT_LEVER_HOME: home,
    CODESUBMIT_LEVER_SECRET_KEY: randomBytes(32).toString('base64'),
  };
}

/** So that the pictures show the command as it is called when it is installed. */
export async function installProgram(folder) {
  await mkdir(join(folder, 'bin'));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`;
  await writeFile(join(folder, 'bin', 'codesubmit-lever'), script, { mode: 0o755 });
}

export function pathOf(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Says how big a picture became, and refuses one that takes a reader too long to load. */
export async function noteSize(name, maxBytes) {
  const { size } = await stat(pathOf(name));
  process.stdout.write(`docs/pictures/${name}: ${Math.round(size / 1000)} kB\n`);
  if (size > maxBytes) throw new Error(`${name} has more than ${maxBytes} bytes`);
}
