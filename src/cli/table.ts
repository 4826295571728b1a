/** A plain table for people, as wide as the terminal allows. */
import Table from 'cli-table3';
import type { Io } from './io.js';

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function printTable(io: Io, head: readonly string[], rows: readonly string[][]): void {
  const table = new Table({
    head: head.map((title) => io.paint.bold(title)),
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  for (const line of table.toString().split('\n')) io.out(line.trimEnd());
}
