import { describe, expect, it } from 'vitest';
import { cellsOf, cutToCells, padToCells, printable, wrapToCells } from './cells.js';

describe('a text is measured in cells', () => {
  it.each([
    ['Ada', 3],
    ['山田太郎', 8],
    ['김철수', 6],
    ['각'.normalize('NFD'), 2],
    ['ﾊﾝｶｸ', 4],
    ['José'.normalize('NFD'), 4],
    ['สวัสดี', 4],
    ['नमस्ते', 3],
    ['क्षि', 2],
    ['שָׁלוֹם', 4],
    ['👍🏽', 2],
    ['👩‍💻 Dev', 6],
    ['🇩🇪', 2],
    ['☎', 1],
    ['☎️', 2],
    ['1️⃣', 2],
    ['✓ → … ●', 7],
    ['\u001b[1mbold\u001b[22m', 4],
    ['', 0],
  ])('%s', (text, cells) => {
    expect(cellsOf(text)).toBe(cells);
  });
});

describe('a text is cut', () => {
  it.each([
    ['Ada Example', 11, 'Ada Example'],
    ['Ada Example', 6, 'Ada E…'],
    // A character is never cut in half: the cell before the ellipsis stays empty.
    ['山田太郎', 6, '山田…'],
    ['山田太郎', 7, '山田太…'],
    ['👩‍💻👩‍💻👩‍💻', 4, '👩‍💻…'],
    ['José Example'.normalize('NFD'), 5, 'José…'.normalize('NFD')],
    ['\u001b[33m! yellow\u001b[39m', 5, '\u001b[33m! ye…\u001b[0m'],
  ])('%s to %i', (text, cells, cut) => {
    expect(cutToCells(text, cells)).toBe(cut);
  });
});

describe('a text is padded and wrapped', () => {
  it('fills up with spaces, and leaves what is longer', () => {
    expect([padToCells('山田', 6), padToCells('abc', 2)]).toEqual(['山田  ', 'abc']);
  });

  it.each([
    ['the tag is nearly right', 10, ['the tag is', 'nearly', 'right']],
    ['codesubmit:backend', 8, ['codesubm', 'it:', 'backend']],
    ['Very-Long-Surname-Indeed', 20, ['Very-Long-Surname-', 'Indeed']],
    ['6f1e2d3c-aaaa-4a1b', 9, ['6f1e2d3c-', 'aaaa-4a1b']],
    ['a codesubmit:backend b', 10, ['a', 'codesubmit', ':backend b']],
    ['山田太郎', 5, ['山田', '太郎']],
    ['山田', 1, ['山', '田']],
    ['any length', Infinity, ['any length']],
    ['', 5, ['']],
  ])('%s in %d', (text, cells, lines) => {
    expect(wrapToCells(text, cells)).toEqual(lines);
  });
});

it('makes what others wrote harmless to a terminal', () => {
  expect(printable('Ada\u001b[2J\n Example\u202E\u0007')).toBe(
    'Ada\\u001b[2J Example\\u202e\\u0007',
  );
  expect(printable('José 山田 👩‍💻')).toBe('José 山田 👩‍💻');
});
