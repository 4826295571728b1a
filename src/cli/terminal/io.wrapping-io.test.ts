/** In a narrow terminal, `setup` wraps at spaces, and what users copy stays in one piece. */
import { expect, it } from 'vitest';
import { wrappingIo, type Io } from './io.js';

function printed(line: string, columns = 40): string[] {
  const lines: string[] = [];
  const io = { columns, out: (one: string) => lines.push(one) } as unknown as Io;
  wrappingIo(io).out(line);
  return lines;
}

it('a sentence', () => {
  const line = 'Each candidate moved to a stage in Lever gets the right challenge, once.';
  expect(printed(line)).toEqual([
    'Each candidate moved to a stage in Lever',
    'gets the right challenge, once.',
  ]);
});

it('keeps an indented line whole', () => {
  const line = '  location /lever-bridge/webhooks/ { proxy_pass http://127.0.0.1:8737; }';
  expect(printed(line)).toEqual([line]);
});
