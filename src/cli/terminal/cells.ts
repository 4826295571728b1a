/** Measures text in terminal cells, so columns line up for any script. */
import { visible } from '../../domain/vendor-text.js';

/** Drawn as one unit: a colour code (nothing), a flag, an emoji with its parts, or a code point. */
const DRAWN =
  /\u001b\[[\d;]*m|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)*|./gsu;

/** Combining marks, and characters that are never drawn. */
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11FF]/u;

const TWO_CELLS =
  /^(?:\p{Regional_Indicator}{2}|\p{Emoji_Presentation}|.[\uFE0F\u200D\p{Emoji_Modifier}]|[\u1100-\u115F\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}])/su;

function drawnIn(text: string): string[] {
  return text.match(DRAWN) ?? [];
}

function cellsOfDrawn(drawn: string): number {
  if (NO_CELL.test(drawn)) return 0;
  return TWO_CELLS.test(drawn) ? 2 : 1;
}

/** The number of cells the text takes; colour codes take none. */
export function cellsOf(text: string): number {
  return drawnIn(text).reduce((sum, drawn) => sum + cellsOfDrawn(drawn), 0);
}

/** Foreign text, such as a candidate's name, on one line, as it will be shown. */
export function printable(text: string): string {
  return visible(text.replace(/\s+/gu, ' '));
}

/** Cuts the text to that many cells; `…` stands for the rest. */
export function cutToCells(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  const kept = headOf(text, cells - 1);
  return `${kept}…${kept.includes('\u001b') ? '\u001b[0m' : ''}`;
}

export function padToCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)));
}

/** Wraps at spaces into lines of at most that many cells; breaks only words longer than a line. */
export function wrapToCells(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (cellsOf(longer) <= cells) {
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
export function piecesIn(text: string): string[] {
  return text.split(/ |(?<=[-:/,;=@._])(?=[^ ])/);
}

/** Breaks after a mark: `codesubmit:` and `backend`, not `codesubmit:bac` and `kend`. */
function breakWord(word: string, cells: number): string[] {
  // The widest character takes two cells.
  const room = Math.max(2, cells);
  const pieces: string[] = [];
  let rest = word;
  while (cellsOf(rest) > room) {
    const head = headOf(rest, room);
    const atMark = piecesIn(head).slice(0, -1).join('');
    const piece = atMark === '' ? head : atMark;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

/** As much of the start as fits, including marks on the last letter. */
function headOf(text: string, cells: number): string {
  let head = '';
  let used = 0;
  for (const drawn of drawnIn(text)) {
    used += cellsOfDrawn(drawn);
    if (used > cells) break;
    head += drawn;
  }
  return head;
}
