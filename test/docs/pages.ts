/** The documents of the repository, as the tests of them read them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Absolute paths of all pages. */
export const PAGES = ['.', 'docs', 'bench', 'deploy/systemd', 'mutation'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(ROOT, folder, name)),
);

export function nameOf(page: string): string {
  return relative(ROOT, page);
}

export function textOf(page: string): string {
  return readFileSync(page, 'utf8');
}

const FENCE = /^( *)```(\w*)\n(.*?)^ *```$/gms;

/** Without what is shown as code. */
export function proseOf(page: string): string {
  return textOf(page).replace(FENCE, '');
}

/** What the blocks of shell commands hold. */
export function commandsOf(page: string): string {
  const blocks = [...textOf(page).matchAll(FENCE)].filter(([, , language]) => language === 'sh');
  return blocks.map(([, , , code = '']) => code).join('\n');
}

/** What the prose shows in backticks. */
export function codeSpansOf(page: string): string[] {
  return [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replace(/\s+/g, ' '),
  );
}
