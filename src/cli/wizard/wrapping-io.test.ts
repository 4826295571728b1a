/** In a narrow terminal words stay whole, a list's second column stays one, and what is copied stays in one piece. */
import { expect, it } from 'vitest';
import type { Io } from '../io.js';
import { wrappingIo } from './wrapping-io.js';

function printed(line: string, columns = 40): string[] {
  const lines: string[] = [];
  const io = { columns, out: (one: string) => lines.push(one) } as unknown as Io;
  wrappingIo(io).out(line);
  return lines;
}

it.each<[string, string, string[]]>([
  [
    'a sentence',
    'Whoever is moved to a stage in Lever gets the right challenge, once.',
    ['Whoever is moved to a stage in Lever', 'gets the right challenge, once.'],
  ],
  [
    'what follows a sign',
    '\u001b[33m!\u001b[39m Lever’s webhook is not verified yet; sweeps do the work.',
    ['\u001b[33m!\u001b[39m Lever’s webhook is not verified yet;', '  sweeps do the work.'],
  ],
  [
    'a list',
    '  ☑ add, remove tags    telling recruiters why',
    ['  ☑ add, remove tags    telling', '                        recruiters why'],
  ],
  ['what fits', 'Ten minutes.', ['Ten minutes.']],
])('%s', (_, line, expected) => {
  expect(printed(line)).toEqual(expected);
});

it.each([
  '  https://hooks.example.com/webhooks/lever/01f34b4939b36ce5677da9c94e088c88',
  '! The daemon does not run yet, which is to be done: codesubmit-lever serve',
  'Lever: https://hooks.example.com/webhooks/lever/01f34b4939b36ce5677d',
])('whole: %s', (line) => {
  expect(printed(line)).toEqual([line]);
});

it('off a terminal nothing is broken', () => {
  expect(printed('word '.repeat(100), Infinity)).toHaveLength(1);
});
