/** A table fits into a narrow terminal, and breaks words only if they don't fit otherwise. */
import { expect, it } from 'vitest';
import type { Io } from './io.js';
import { createPaint } from './styles.js';
import { printTable } from './table.js';

const ROWS = [
  ['1', 'Take-home', 'codesubmit:backend-api', 'Backend API', 'due in 7 days'],
  ['2', 'Take-home', '*', 'Frontend React', ''],
];

const NO_PAINT = await createPaint(false);

function printed(columns: number): string[] {
  const lines: string[] = [];
  const out = (line: string): unknown => lines.push(line);
  const io = { columns, out, paint: NO_PAINT } as unknown as Io;
  printTable(io, ['ID', 'STAGE', 'TAG', 'CHALLENGE', 'OPTIONS'], ROWS);
  return lines;
}

it('has one line per row if there is room', () => {
  expect(printed(80)).toEqual([
    'ID  STAGE      TAG                     CHALLENGE       OPTIONS',
    '1   Take-home  codesubmit:backend-api  Backend API     due in 7 days',
    '2   Take-home  *                       Frontend React',
  ]);
});

it('wraps at spaces first', () => {
  expect(printed(60)).toEqual([
    'ID  STAGE      TAG                     CHALLENGE  OPTIONS',
    '1   Take-home  codesubmit:backend-api  Backend    due in 7',
    '                                       API        days',
    '2   Take-home  *                       Frontend',
    '                                       React',
  ]);
});

it('then after marks within words, and keeps every column readable', () => {
  expect(printed(48).slice(1, 4)).toEqual([
    '1   Take-home  codesubmit:  Backend    due in 7',
    '               backend-api  API        days',
    '2   Take-home  *            Frontend',
  ]);
  expect(printed(10).every((line) => line.length <= 2 + 4 * 8 + 4 * 2)).toBe(true);
});
