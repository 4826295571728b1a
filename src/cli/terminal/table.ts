/** A plain table that fits the terminal. */
import { cellsOf, padToCells, piecesIn, printable, wrapToCells } from './cells.js';
import type { Io } from './io.js';

interface Column {
  title: string;
  /** Useless in pieces: left out when the table is too wide for the terminal. */
  isLeftOut?: boolean;
  /** Colours each line of a cell, given the whole cell. */
  paint?: (line: string, cell: string) => string;
}

const GAP = '  ';
/** No column gets narrower than this; the terminal wraps a table that is still too wide. */
const LEAST_CELLS = 8;

/** Returns the titles of columns that were left out. */
export function printTable(
  io: Io,
  head: readonly (string | Column)[],
  rows: readonly (readonly string[])[],
): string[] {
  const columns = head.map((one) => (typeof one === 'string' ? { title: one } : one));
  const cells = rows.map((row) => row.map(printable));
  const contents = columns.map(({ title }, at) => [title, ...cells.map((row) => row[at] ?? '')]);
  const natural = contents.map((column) => Math.max(...column.map(cellsOf)));
  const isTooWide = widthOf(natural) > io.columns;
  const shown = columns.map((_, at) => at).filter((at) => !(isTooWide && columns[at]?.isLeftOut));
  const widths = fit(
    shown.map((at) => contents[at] ?? []),
    io.columns,
  );
  const printRow = (row: readonly string[], isHead: boolean): void => {
    const of = shown.map((at) => ({
      cell: row[at] ?? '',
      paint: isHead
        ? (line: string) => io.paint.bold(line)
        : (columns[at]?.paint ?? ((line: string) => line)),
    }));
    for (const line of layOut(of, widths)) io.raw(line);
  };
  printRow(
    columns.map(({ title }) => title),
    true,
  );
  for (const row of cells) printRow(row, false);
  return columns.filter((_, at) => !shown.includes(at)).map(({ title }) => title);
}

/** For candidates or their postings in Lever. */
export function printTags(
  io: Io,
  tags: readonly { tag: string; challenge: { name: string } }[],
): void {
  const rows = tags.map(({ tag, challenge }) => [tag, challenge.name]);
  printTable(io, ['TAG', 'CHALLENGE'], rows);
}

interface PaintedCell {
  cell: string;
  paint: (line: string, cell: string) => string;
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

/** Narrow columns keep their width. Wide ones share the rest, breaking no words if possible. */
function fit(columns: readonly (readonly string[])[], limit: number): number[] {
  const most = (piecesOf: (cell: string) => string[]): number[] =>
    columns.map((cells) => Math.max(...cells.flatMap(piecesOf).map(cellsOf)));
  const widths = most((cell) => [cell]);
  const narrowest = widths.map((cells) => Math.min(cells, LEAST_CELLS));
  const bounds = [most((cell) => cell.split(' ')), most(piecesIn), narrowest];
  const least = bounds.find((one) => widthOf(one) <= limit) ?? narrowest;
  while (widthOf(widths) > limit) {
    const wide = widths.map((cells, at) => (cells > (least[at] ?? 0) ? cells : 0));
    const widest = Math.max(...wide);
    if (widest === 0) break;
    widths[wide.indexOf(widest)] = widest - 1;
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
