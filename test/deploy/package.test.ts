/** What `npm pack` takes: the program and all that its front page leads to, and nothing that isn't tracked. */
import { execFileSync } from 'node:child_process';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { proseOf, ROOT } from '../docs/pages.js';

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' });
}

const [packed] = JSON.parse(run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts')) as [
  { files: { path: string }[] },
];
const files = new Set(packed.files.map(({ path }) => path));
const isPacked = (path: string): boolean =>
  files.has(path) || packed.files.some((file) => file.path.startsWith(`${path}/`));

function linksOf(page: string): string[] {
  const targets = [...proseOf(join(ROOT, page)).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)];
  return targets
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => normalize(join(dirname(page), link)));
}

it('what the front page links to is in it', () => {
  const links = linksOf('README.md');
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !isPacked(link))).toEqual([]);
});

it('both templates of the page for recruiters are in it', () => {
  expect(files).toContain('docs/recruiters.md');
  expect(files).toContain('dist/recruiters.html');
});

it('so is what the other pages link to, but for sources and tests', () => {
  const pages = [...files].filter((file) => file.startsWith('docs/') && file.endsWith('.md'));
  const links = pages.flatMap(linksOf).filter((link) => !/^(src|test)\//.test(link));
  expect(links.filter((link) => !isPacked(link))).toEqual([]);
});

it('nothing but what was built is in it that isn’t tracked', () => {
  const tracked = new Set(run('git', 'ls-files', '-co', '--exclude-standard').split('\n'));
  const others = [...files].filter((file) => !file.startsWith('dist/') && !tracked.has(file));
  expect(others).toEqual([]);
  expect([...files].filter((file) => /\.(map|test\.js)$/.test(file))).toEqual([]);
});
