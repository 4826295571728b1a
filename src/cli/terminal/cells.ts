/** Text measured in a terminal's cells, so that columns line up whatever script a name is written in. */
import { visible } from '../../domain/vendor-text.js';

/** What a terminal draws as one: a colour (nothing), a flag, an emoji with all that belongs to it, or a code point. */
const DRAWN =
  /\u001b\[[\d;]*m|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)*|./gsu;

/** Marks that sit on the letter before them, and what is drawn nowhere. */
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

/** How many cells a terminal gives the text; colours take none. */
export function cellsOf(text: string): number {
  return drawnIn(text).reduce((sum, drawn) => sum + cellsOfDrawn(drawn), 0);
}

/** What others wrote, such as a candidate's name, on one line, as it will be shown, for measuring. */
export function printable(text: string): string {
  return visible(text.replace(/\s+/gu, ' '));
}

/** The text in at most that many cells; `…` stands for what is left out. */
export function cutToCells(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  const kept = headOf(text, cells - 1);
  return `${kept}…${kept.includes('\u001b') ? '\u001b[0m' : ''}`;
}

export function padToCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)));
}

/** Lines of at most that many cells, broken at spaces, and within a word only where it has no line of its own. */
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

/** What a text falls into when it is broken at spaces and after the marks within words. */
export function piecesIn(text: string): string[] {
  return text.split(/ |(?<=[-:/,;=@._])(?=[^ ])/);
}

/** After a mark where there is one: `codesubmit:` and `backend` are read more easily than `codesubmit:bac` and `kend`. */
function breakWord(word: string, cells: number): string[] {
  // The widest character takes two.
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

/** As much from the start as fits, marks on the last letter included. */
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
