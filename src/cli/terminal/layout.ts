/** Lays text out in terminal cells, so columns line up for any script: measures, wraps, prints tables. */
import { createRequire } from 'node:module';
import type stringWidth from 'string-width';
import { visible } from '../../domain/vendor-text.js';
import type { Io } from './io.js';

const COLOR_CODE = /\u001b\[[\d;]*m/g;

/** Each takes one cell: Latin letters, and the marks of our own sentences. */
const LATIN = /^[ -~¡-¬®-ʯ‐-‧→●○✓✗]*$/;

type Measure = typeof stringWidth;

/** The function of `string-width`, once it is loaded. */
let measure: Measure | undefined;

/** Loads what measures foreign scripts, at the start: before 20.19, Node can’t load it later, when it's needed. */
export async function prepareMeasure(): Promise<void> {
  if (!('require_module' in process.features)) measure = (await import('string-width')).default;
}

/** The number of cells the text takes; colour codes take none. */
export function widthInCells(text: string): number {
  const plain = text.replace(COLOR_CODE, '');
  if (LATIN.test(plain)) return plain.length;
  // Loaded only now: that takes a third of the time of a short command.
  measure ??= (createRequire(import.meta.url)('string-width') as { default: Measure }).default;
  // The colour codes are removed already; without that option it would look for them again.
  return measure(plain, { countAnsiEscapeCodes: true });
}

/** Text from outside, such as a candidate's name, on one line, with control codes escaped. */
export function printable(text: string): string {
  return visible(text.replace(/\s+/gu, ' '));
}

/** Cuts the text to that many cells; `…` stands for the rest. */
export function cutToCells(text: string, cells: number): string {
  if (widthInCells(text) <= cells) return text;
  return `${startThatFits(text, cells - 1)}…`;
}

/** As much of the start as fits, with all the marks on its last letter. */
function startThatFits(text: string, cells: number): string {
  let head = '';
  let used = 0;
  for (const letter of lettersOf(text)) {
    used += widthInCells(letter);
    if (used > cells) break;
    head += letter;
  }
  return head;
}

/** Made when it is first needed: most texts fit as they are. */
let segmenter: Intl.Segmenter | undefined;

/** The letters of a text, each with all its marks. */
function* lettersOf(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter();
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Fills lines of at most that many cells with the words. Longer words stay whole. */
function wrapWords(words: readonly string[], cells: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line === undefined || widthInCells(longer) > cells) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/**
 * What a line starts with: a sign, a dash or a list label. Its continuation lines are indented to the text after that.
 */
const LEAD = /^(?: {2}[☑•] .*? {2,}| *(?:(?:\u001b\[[\d;]*m)*[✓!✗?→·‖-](?:\u001b\[[\d;]*m)* )?)/u;

/**
 * A command's words, its flags and their values, up to the closing mark. A lower-case word after a flag is its value if
 * the sentence ends there or another flag follows.
 */
const COMMAND = new RegExp(
  [
    String.raw`(?:sudo|npm install) (?:(?![,.] ).)*|`,
    String.raw`[(\`“]{0,3}codesubmit-lever [a-z]+(?: (?:add|remove|list|install)\b)?`,
    String.raw`(?: (?:-[^\s;,]*(?: [a-z]+(?=$|[.:;,)\`”]| -))?|'[^']*'|"[^"]*"|[A-Z][A-Z_|…]*\b|[^\s;,]*[\d=/][^\s;,]*))*`,
    String.raw`[^\s]*`,
  ].join(''),
  'g',
);

/** Replaces a space within a command while the sentence is split into words. */
const KEPT_SPACE = '\uE000';

/** Wraps one line to that many cells. A whole command counts as one word: it's copied, so it stays on one line. */
export function wrapProse(line: string, columns: number): string[] {
  if (columns === Infinity || widthInCells(line) <= columns) return [line];
  // The sign, dash or label at the start: the next lines are indented by its width.
  const [lead = ''] = LEAD.exec(line) ?? [];
  const indent = ' '.repeat(widthInCells(lead));
  const kept = line
    .slice(lead.length)
    .replace(COMMAND, (command) => command.replaceAll(' ', KEPT_SPACE));
  const words = kept.split(' ').map((word) => word.replaceAll(KEPT_SPACE, ' '));
  const lines = wrapWords(words, columns - indent.length);
  return lines.map((text, at) => (at === 0 ? lead : indent) + text);
}

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

/** Prints the table, wrapped within its columns to fit the terminal. False if optional columns were left out. */
export function printTable(
  io: Io,
  head: readonly (string | Column)[],
  rows: readonly (readonly string[])[],
): boolean {
  const columns = head.map((one, at) => {
    const column: Column = typeof one === 'string' ? { title: one } : one;
    return { ...column, cells: [column.title, ...rows.map((row) => printable(row[at] ?? ''))] };
  });
  const isTooWide = tableWidth(columns.map(({ cells }) => widestOf(cells))) > io.columns;
  const shown = columns.filter(({ isOptional }) => !(isTooWide && isOptional === true));
  const widths = fitWidths(
    shown.map(({ cells }) => cells),
    io.columns,
  );
  // Row 0 is the head.
  for (let row = 0; row <= rows.length; row += 1) {
    const wrapped = shown.map(({ cells }, at) => wrapCell(cells[row] ?? '', widths[at] ?? 0));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    for (let line = 0; line < height; line += 1) {
      const parts = shown.map(({ cells, paint = (text: string) => text }, at) => {
        const text = wrapped[at]?.[line] ?? '';
        const painted = row === 0 ? io.paint.bold(text) : paint(text, cells[row] ?? '');
        // Spaces are added after the paint, which would colour them too.
        const rest = ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthInCells(text)));
        return text === '' ? rest : painted + rest;
      });
      io.raw(parts.join(GAP).trimEnd());
    }
  }
  return shown.length === columns.length;
}

/** The tags that start each challenge, for an admin to copy to candidates or their postings in Lever. */
export function printTags(
  io: Io,
  tags: readonly { tag: string; challenge: { name: string } }[],
): void {
  const rows = tags.map(({ tag, challenge }) => [tag, challenge.name]);
  printTable(io, ['TAG', 'CHALLENGE'], rows);
}

/** How many cells a table with columns of these widths takes, gaps included. */
function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

/** How many cells the widest of the texts takes. */
function widestOf(texts: readonly string[]): number {
  return Math.max(...texts.map(widthInCells));
}

/**
 * The width of each column, given its texts, in a table of at most `limit` cells of the terminal. Narrow columns keep
 * their width, and the widest ones are narrowed, one cell at a time. They stay wide enough for whole words if that
 * fits.
 */
function fitWidths(columns: readonly (readonly string[])[], limit: number): number[] {
  const widths = columns.map(widestOf);
  const narrowest = widths.map((cells) => Math.min(cells, MIN_COLUMN_CELLS));
  const widestWords = columns.map((cells) => widestOf(cells.flatMap((cell) => cell.split(' '))));
  const least = tableWidth(widestWords) <= limit ? widestWords : narrowest;
  while (tableWidth(widths) > limit) {
    const wide = widths.map((cells, at) => (cells > (least[at] ?? 0) ? cells : 0));
    const widest = Math.max(...wide);
    // Every column is as narrow as it may get.
    if (widest === 0) break;
    widths[wide.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** The lines of a cell; breaks words that are longer than a line. */
function wrapCell(cell: string, cells: number): string[] {
  const words = cell.split(' ').flatMap((word) => breakWord(word, cells));
  return wrapWords(words, cells);
}

/** The pieces of a word, of at most that many cells. A letter that takes more, with its marks, is a piece of its own. */
function breakWord(word: string, cells: number): string[] {
  if (widthInCells(word) <= cells) return [word];
  const pieces: string[] = [];
  let rest = word;
  while (rest !== '') {
    const [first = ''] = lettersOf(rest);
    const piece = startThatFits(rest, cells) || first;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return pieces;
}
