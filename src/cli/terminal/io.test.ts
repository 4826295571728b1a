/**
 * On a narrow terminal data wraps, and what users copy stays in one piece; only our own styling reaches it as control
 * codes.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createIo, createPaint, forTerminal } from './io.js';

async function printed(line: string): Promise<string> {
  let text = '';
  const stdout = { isTTY: true, columns: 40, write: (more: string) => (text += more) };
  const streams = { stdout, stderr: stdout, stdin: {}, env: { NO_COLOR: '1' } };
  const io = await createIo(streams as unknown as Parameters<typeof createIo>[0]);
  io.out(line);
  return text;
}

it('wraps a sentence', async () => {
  const line = 'Each candidate moved to a stage in Lever gets the right challenge, once.';
  expect(await printed(line)).toBe(
    'Each candidate moved to a stage in Lever\ngets the right challenge, once.\n',
  );
});

it('keeps an indented line whole', async () => {
  const line = '  location /lever-bridge/webhooks/ { proxy_pass http://127.0.0.1:8737; }';
  expect(await printed(line)).toBe(`${line}\n`);
});

const paint = await createPaint(true);

it('our own styling becomes the terminal’s', async () => {
  expect(forTerminal(`${paint.bold('a')} ${paint.red('b')}`)).toBe(
    '\u001b[1ma\u001b[22m \u001b[31mb\u001b[39m',
  );
  expect(forTerminal((await createPaint(false)).bold('a'))).toBe('a');
});

it.each([
  ['a colour', 'a\u001b[31mb', 'a\\u001b[31mb'],
  ['the clipboard', '\u001b]52;c;eA==\u0007', '\\u001b]52;c;eA==\\u0007'],
  ['C1', '\u009b2J\u0090', '\\u009b2J\\u0090'],
  ['carriage return, backspace, tab, delete', 'a\r\b\t\u007f', 'a\\u000d\\u0008\\u0009\\u007f'],
  ['marks of direction', '\u202e\u2066\u200f\u061c', '\\u202e\\u2066\\u200f\\u061c'],
])('shows %s in foreign text', (_, text, shown) => {
  expect(forTerminal(paint.bold(text))).toBe(`\u001b[1m${shown}\u001b[22m`);
});

it.each(['عائشة', 'דוד', 'สมชาย', 'José 山田', '👩‍💻', 'می‌خواهم', 'two\nlines'])(
  '%s stays readable',
  (name) => {
    expect(forTerminal(name)).toBe(name);
  },
);

it('passes only line breaks and our own styling on, whatever others write', () => {
  const texts = fc
    .array(fc.integer({ min: 0, max: 0x2100 }))
    .map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(texts, (text) => {
      const shown = forTerminal(paint.dim(text));
      expect(shown.slice(4, -5)).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/,
      );
    }),
  );
});
