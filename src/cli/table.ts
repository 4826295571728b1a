/** A plain table for people, as wide as the terminal allows. */
import { cellsOf, padToCells, printable, wrapToCells } from './cells.js';
import type { Io } from './io.js';

export interface Column {
  title: string;
  /** It is of no use in pieces: where the table is too wide for the terminal, it is left out. */
  isLeftOut?: boolean;
  /** Colours each line of a cell, given the whole cell. */
  paint?: (line: string, cell: string) => string;
}

const GAP = '  ';
/** No column gets narrower: a table that is still too wide is wrapped by the terminal. */
const LEAST_CELLS = 8;

/** Returns the titles of the columns that had to be left out. */
export function printTable(
  io: Io,
  head: readonly (string | Column)[],
  rows: readonly (readonly string[])[],
): string[] {
  const columns = head.map((one) => (typeof one === 'string' ? { title: one } : one));
  const cells = rows.map((row) => row.map(printable));
  const natural = columns.map(({ title }, at) =>
    Math.max(cellsOf(title), ...cells.map((row) => cellsOf(row[at] ?? ''))),
  );
  const isTooWide = widthOf(natural) > io.columns;
  const shown = columns.map((_, at) => at).filter((at) => !(isTooWide && columns[at]?.isLeftOut));
  const widths = fit(
    shown.map((at) => natural[at] ?? 0),
    io.columns,
  );
  const printRow = (row: readonly string[], isHead: boolean): void => {
    const of = shown.map((at) => ({
      cell: row[at] ?? '',
      paint: isHead ? (line: string) => io.paint.bold(line) : (columns[at]?.paint ?? asItIs),
    }));
    for (const line of layOut(of, widths)) io.out(line);
  };
  printRow(
    columns.map(({ title }) => title),
    true,
  );
  for (const row of cells) printRow(row, false);
  return columns.filter((_, at) => !shown.includes(at)).map(({ title }) => title);
}

interface PaintedCell {
  cell: string;
  paint: (line: string, cell: string) => string;
}

function asItIs(line: string): string {
  return line;
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

/** Narrow columns keep their width; the wide ones share what is left. */
function fit(natural: readonly number[], limit: number): number[] {
  if (widthOf(natural) <= limit) return [...natural];
  let room = limit - GAP.length * (natural.length - 1);
  let sharing = natural.length;
  const widths: number[] = [];
  const narrowFirst = natural
    .map((cells, at) => ({ cells, at }))
    .toSorted((a, b) => a.cells - b.cells);
  for (const { cells, at } of narrowFirst) {
    const share = Math.max(LEAST_CELLS, Math.floor(room / sharing));
    const width = Math.min(cells, share);
    widths[at] = width;
    room -= width;
    sharing -= 1;
  }
  return widths;
}

/** The lines of one row. */
function layOut(row: readonly PaintedCell[], widths: readonly number[]): string[] {
  const wrapped = row.map(({ cell }, at) => wrapToCells(cell, widths[at] ?? 0));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = row.map(({ cell, paint }, at) => {
      const text = wrapped[at]?.[line] ?? '';
      const padded = padToCells(text, widths[at] ?? 0).slice(text.length);
      return `${text === '' ? '' : paint(text, cell)}${padded}`;
    });
    return parts.join(GAP).trimEnd();
  });
}
