/** A plain table that fits the terminal. */
import { widthInCells, padToCells, splitAfterMarks, printable, wrapToCells } from './cells.js';
import type { Io } from './io.js';

interface Column {
  title: string;
  /** Left out when the table is too wide for the terminal, because its content is useless in pieces. */
  isOptional?: boolean;
  /** Colours each line of a cell, given the whole cell. */
  paint?: (line: string, cell: string) => string;
}

const GAP = '  ';
/** No column gets narrower than this; the terminal wraps a table that is still too wide. */
const MIN_COLUMN_CELLS = 8;

/** Prints the table, wrapped within its columns to fit the terminal. Returns the titles of columns that were left out. */
export function printTable(
  io: Io,
  head: readonly (string | Column)[],
  rows: readonly (readonly string[])[],
): string[] {
  const columns = head.map((one) => (typeof one === 'string' ? { title: one } : one));
  const cells = rows.map((row) => row.map(printable));
  const contents = columns.map(({ title }, at) => [title, ...cells.map((row) => row[at] ?? '')]);
  const unwrapped = contents.map((column) => Math.max(...column.map(widthInCells)));
  const isTooWide = tableWidth(unwrapped) > io.columns;
  const shown = columns.map((_, at) => at).filter((at) => !(isTooWide && columns[at]?.isOptional));
  const widths = fitWidths(
    shown.map((at) => contents[at] ?? []),
    io.columns,
  );
  const printRow = (
    row: readonly string[],
    paintOf: (at: number) => PaintedCell['paint'],
  ): void => {
    const painted = shown.map((at) => ({ cell: row[at] ?? '', paint: paintOf(at) }));
    for (const line of layOutRow(painted, widths)) io.raw(line);
  };
  const titles = columns.map(({ title }) => title);
  printRow(titles, () => io.paint.bold);
  for (const row of cells) printRow(row, (at) => columns[at]?.paint ?? ((line) => line));
  return columns.filter((_, at) => !shown.includes(at)).map(({ title }) => title);
}

/** The tags that start each challenge, for an admin to copy to candidates or their postings in Lever. */
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

function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

/**
 * The width of each column in a table of at most `limit` cells. Narrow columns keep their width, and the widest ones are
 * narrowed, one cell at a time. They stay wide enough for whole words; if that doesn't fit, for words broken after marks;
 * and if that doesn't fit either, they break words anywhere.
 */
function fitWidths(columns: readonly (readonly string[])[], limit: number): number[] {
  const widestPieces = (piecesOf: (cell: string) => string[]): number[] =>
    columns.map((cells) => Math.max(...cells.flatMap(piecesOf).map(widthInCells)));
  const widths = widestPieces((cell) => [cell]);
  const narrowest = widths.map((cells) => Math.min(cells, MIN_COLUMN_CELLS));
  const words = widestPieces((cell) => cell.split(' '));
  const bounds = [words, widestPieces(splitAfterMarks), narrowest];
  const least = bounds.find((one) => tableWidth(one) <= limit) ?? narrowest;
  while (tableWidth(widths) > limit) {
    const wide = widths.map((cells, at) => (cells > (least[at] ?? 0) ? cells : 0));
    const widest = Math.max(...wide);
    // Every column is as narrow as it may get.
    if (widest === 0) break;
    widths[wide.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** The lines of one row. */
function layOutRow(row: readonly PaintedCell[], widths: readonly number[]): string[] {
  const wrapped = row.map(({ cell }, at) => wrapToCells(cell, widths[at] ?? 0));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = row.map(({ cell, paint }, at) => {
      const text = wrapped[at]?.[line] ?? '';
      // Spaces are added after the paint, which would colour them too.
      const padded = padToCells(text, widths[at] ?? 0).slice(text.length);
      return `${text === '' ? '' : paint(text, cell)}${padded}`;
    });
    return parts.join(GAP).trimEnd();
  });
}
