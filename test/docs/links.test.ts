/** Every link of the documents leads to a file and a heading that are there, and what they name in the code is there. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { codeSpansOf, nameOf, PAGES, proseOf, ROOT, textOf } from './pages.js';

/** As GitHub names a heading. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = proseOf(page).match(/^#{1,6} .*$/gm) ?? [];
  return new Set(
    headings.map((heading) => {
      const words = heading.replace(/^#+ /, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
      const slug = words
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before === 0 ? slug : `${slug}-${String(before)}`;
    }),
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
  if (!existsSync(target)) return false;
  return anchor === undefined || anchorsOf(target).has(anchor);
}

/** In the repository, or in the folder that the page says its paths are under. */
function isThere(file: string): boolean {
  return ['', 'src', 'test', 'test/acceptance'].some((folder) =>
    existsSync(join(ROOT, folder, file)),
  );
}

it.each(PAGES.map((page) => [nameOf(page), page]))('%s', (_, page) => {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const ours = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(ours.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  const files = codeSpansOf(page).filter((code) =>
    /^[\w.-]+\/[\w./-]+\.(?:ts|js|json|md|sh)$/.test(code),
  );
  expect(files.filter((file) => !isThere(file) && !file.includes('NAME'))).toEqual([]);
});

it('every picture is on a page', () => {
  const pictures = readdirSync(join(ROOT, 'docs/pictures')).filter((name) => !name.endsWith('.js'));
  const pages = PAGES.map(textOf).join('\n');
  expect(pictures.filter((name) => !pages.includes(`pictures/${name})`))).toEqual([]);
});

it('every claim of the threat model names its tests', () => {
  const page = textOf(join(ROOT, 'docs/security.md'));
  const [, claims = ''] = page.split('## Claims and their tests');
  const [list = ''] = claims.split('\n## ');
  const items = list.match(/^- .*$/gm) ?? [];
  expect(items.length).toBeGreaterThan(20);
  expect(items.filter((item) => !/\]\(\.\.\/(src|test)\/\S+\.test\.ts\)/.test(item))).toEqual([]);
});
