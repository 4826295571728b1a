/** The documents read easily: short paragraphs, usual words, a front page that fits a screen or three. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nameOf, PAGES, proseOf, ROOT, textOf } from './pages.js';

const LONGEST = { frontPage: 120, architecture: 200, paragraph: 4, sentence: 20 };
/** Made from the program, and a list that grows by a line with every change. */
const EXEMPT = ['docs/cli.md', 'CHANGELOG.md'];

/** The list that the code is linted by. */
const { findWord } = (await import(join(ROOT, 'lint/words.js'))) as {
  findWord: (text: string) => { found: string; instead: string } | undefined;
};

/** Paragraphs and list items, without tables, headings, pictures and code. */
function paragraphsOf(page: string): string[] {
  const items = proseOf(page).split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )/);
  return items.map((item) => item.trim()).filter((item) => !/^([|#!]|$)/.test(item));
}

/** As they are read: links and code count as one word each. */
function sentencesOf(paragraph: string): string[] {
  return paragraph
    .replace(/^(?:[-*]|\d+\.) /, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`[^`]*`/g, 'CODE')
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?:;])\s/);
}

const pages = PAGES.filter((page) => !EXEMPT.includes(nameOf(page)));

it.each(pages.map((page) => [nameOf(page), page]))('%s', (_, page) => {
  const paragraphs = paragraphsOf(page);
  expect(paragraphs.filter((one) => one.split('\n').length > LONGEST.paragraph)).toEqual([]);
  const sentences = paragraphs.flatMap(sentencesOf);
  expect(sentences.filter((one) => one.split(' ').length > LONGEST.sentence)).toEqual([]);
  expect(findWord(proseOf(page).replace(/`[^`]*`/g, ''))).toBeUndefined();
});

it.each([
  ['README.md', LONGEST.frontPage],
  ['docs/architecture.md', LONGEST.architecture],
])('%s has at most %d lines', (name, most) => {
  expect(textOf(join(ROOT, name)).trimEnd().split('\n').length).toBeLessThanOrEqual(most);
});

it('the front page starts with two commands', () => {
  expect(textOf(join(ROOT, 'README.md'))).toContain('npm ci && npm run demo\nnpm ci && npm test\n');
});

it('a word not to use is found across lines and cases, and named with the usual one', () => {
  expect(findWord('It waits for\n  Whoever comes.')).toMatchObject({ found: 'Whoever' });
  expect(findWord('read it by\nhand')).toEqual({ found: 'by hand', instead: 'manually' });
  expect(findWord('amended, visiting, `--by-hand-only`')).toBeUndefined();
});
