/** docs/cli.md says of every command what the program says. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('docs/cli.md is what the program makes of itself; else run: npm run docs', () => {
  const made = execFileSync(process.execPath, ['docs/make-cli.js', '-'], { encoding: 'utf8' });
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(made);
});
