/** Sentences broken at spaces in a narrow terminal; a command or an address in one stays whole, so that it can be copied. */
import { cellsOf } from './cells.js';

/** A sign or a dash after an indent, or an item of a list up to its second column: what follows goes on below itself. */
const LEAD = /^(?: {2}[☑•] .*? {2,}| *(?:(?:\u001b\[[\d;]*m)*[✓!✗?→·‖-](?:\u001b\[[\d;]*m)* )?)/u;

/** Up to the mark that ends it: the command's words, its flags, and what they are given. */
const COMMAND = new RegExp(
  [
    String.raw`[(\`“]{0,3}codesubmit-lever [a-z]+(?: (?:add|remove|list|tag|postings)\b)?`,
    String.raw`(?: (?:-[^\s;,]*|'[^']*'|"[^"]*"|[A-Z][A-Z_|…]*\b|[^\s;,]*[\d=/][^\s;,]*))*`,
    String.raw`[^\s]*`,
  ].join(''),
  'g',
);

/** Stands for a space within a command while its sentence is broken. */
const KEPT_SPACE = '\uE000';

function wordsOf(text: string): string[] {
  const whole = text.replace(COMMAND, (command) => command.replaceAll(' ', KEPT_SPACE));
  return whole.split(' ').map((word) => word.replaceAll(KEPT_SPACE, ' '));
}

/** One line of prose as lines of at most that many cells; a word, a command or an address that is longer has its own. */
export function wrapProse(line: string, columns: number): string[] {
  if (columns === Infinity || cellsOf(line) <= columns) return [line];
  const [lead = ''] = LEAD.exec(line) ?? [];
  const indent = ' '.repeat(cellsOf(lead));
  const lines: string[] = [];
  let text = '';
  for (const word of wordsOf(line.slice(lead.length))) {
    const longer = text === '' ? word : `${text} ${word}`;
    if (text === '' || cellsOf(longer) + indent.length <= columns) {
      text = longer;
      continue;
    }
    lines.push(text);
    text = word;
  }
  return [...lines, text].map((one, at) => (at === 0 ? lead : indent) + one);
}
