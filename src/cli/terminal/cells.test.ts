import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { cellsOf } from './cells.js';

it('counts Latin letters and our own marks as the library does, and leaves it the rest', () => {
  const own = Array.from({ length: 0x2800 }, (_, code) => String.fromCodePoint(code));
  const others = ['1️⃣', 'क्षि', 'நி', '日本', '👩‍💻', '©️', 'e\u0301', '\u{1f1e9}\u{1f1ea}'];
  for (const text of [...own.filter((letter) => !/\p{Cc}/u.test(letter)), ...others]) {
    expect(cellsOf(text), JSON.stringify(text)).toBe(stringWidth(text));
  }
});
