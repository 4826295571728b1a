/** Measures and wraps text in terminal cells, so columns line up for any script. */
import { createRequire } from 'node:module';
import type stringWidth from 'string-width';
import { visible } from '../../domain/vendor-text.js';

const COLOR_CODE = /\u001b\[[\d;]*m/g;

/** Each takes one cell: Latin letters, and the marks of our own sentences. */
const LATIN = /^[ -~¡-¬®-ʯ‐-‧→●○✓✗]*$/;

type Measure = typeof stringWidth;

/** The function of `string-width`, once it is loaded. */
let measure: Measure | undefined;

/** Called once at the start: before 20.19, Node can’t load `string-width` later, when it's needed. */
export async function prepareMeasure(): Promise<void> {
  if (!('require_module' in process.features)) measure = (await import('string-width')).default;
}

/** Not loaded at the start: it takes a third of the time of a short command, and Latin names don’t need it. */
function loadMeasure(): Measure {
  const file = createRequire(import.meta.url).resolve('string-width');
  return (createRequire(file)(file) as { default: Measure }).default;
}

let graphemes: Intl.Segmenter | undefined;

/** The parts of the text that are drawn as one, such as a letter with its marks. */
function splitGraphemes(text: string): string[] {
  graphemes ??= new Intl.Segmenter();
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** The number of cells the text takes; colour codes take none. */
export function widthInCells(text: string): number {
  const plain = text.replace(COLOR_CODE, '');
  if (LATIN.test(plain)) return plain.length;
  measure ??= loadMeasure();
  return measure(plain, { countAnsiEscapeCodes: true });
}

/** Foreign text, such as a candidate's name, on one line, as it will be shown. */
export function printable(text: string): string {
  return visible(text.replace(/\s+/gu, ' '));
}

/** Cuts the text to that many cells; `…` stands for the rest. */
export function cutToCells(text: string, cells: number): string {
  if (widthInCells(text) <= cells) return text;
  return `${startThatFits(text, cells - 1)}…`;
}

export function padToCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - widthInCells(text)));
}

/** Wraps at spaces into lines of at most that many cells; breaks only words longer than a line. */
export function wrapToCells(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthInCells(longer) <= cells) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakWord(word, cells);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line];
}

/** The pieces of a text broken at spaces and after marks within words. */
export function splitAfterMarks(text: string): string[] {
  return text.split(/ |(?<=[-:/,;=@._])(?=[^ ])/);
}

/** Breaks after a mark: `codesubmit:` and `backend`, not `codesubmit:bac` and `kend`. */
function breakWord(word: string, cells: number): string[] {
  // The widest character takes two cells.
  const room = Math.max(2, cells);
  const pieces: string[] = [];
  let rest = word;
  while (widthInCells(rest) > room) {
    const head = startThatFits(rest, room);
    const atMark = splitAfterMarks(head).slice(0, -1).join('');
    const piece = atMark === '' ? head : atMark;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

/** As much of the start as fits, with all the marks on its last letter. */
function startThatFits(text: string, cells: number): string {
  let head = '';
  let used = 0;
  for (const drawn of splitGraphemes(text)) {
    used += widthInCells(drawn);
    if (used > cells) break;
    head += drawn;
  }
  return head;
}

/** What a line starts with: a sign, a dash or a list label. Its continuation lines are indented to the text after that. */
const LEAD = /^(?: {2}[☑•] .*? {2,}| *(?:(?:\u001b\[[\d;]*m)*[✓!✗?→·‖-](?:\u001b\[[\d;]*m)* )?)/u;

/** A command's words, its flags and their values, up to the closing mark. */
const COMMAND = new RegExp(
  [
    String.raw`[(\`“]{0,3}codesubmit-lever [a-z]+(?: (?:add|remove|list|tag|postings)\b)?`,
    String.raw`(?: (?:-[^\s;,]*|'[^']*'|"[^"]*"|[A-Z][A-Z_|…]*\b|[^\s;,]*[\d=/][^\s;,]*))*`,
    String.raw`[^\s]*`,
  ].join(''),
  'g',
);

/** Replaces a space within a command while the sentence is wrapped. */
const KEPT_SPACE = '\uE000';

/** The words of a sentence, of which a whole command counts as one: it's copied, so it stays on one line. */
function wordsOf(text: string): string[] {
  const whole = text.replace(COMMAND, (command) => command.replaceAll(' ', KEPT_SPACE));
  return whole.split(' ').map((word) => word.replaceAll(KEPT_SPACE, ' '));
}

/** Wraps one line to that many cells. A longer word, command or address gets its own line. */
export function wrapProse(line: string, columns: number): string[] {
  if (columns === Infinity || widthInCells(line) <= columns) return [line];
  const [lead = ''] = LEAD.exec(line) ?? [];
  const indent = ' '.repeat(widthInCells(lead));
  const lines: string[] = [];
  let text = '';
  for (const word of wordsOf(line.slice(lead.length))) {
    const longer = text === '' ? word : `${text} ${word}`;
    if (text === '' || widthInCells(longer) + indent.length <= columns) {
      text = longer;
      continue;
    }
    lines.push(text);
    text = word;
  }
  return [...lines, text].map((one, at) => (at === 0 ? lead : indent) + one);
}
