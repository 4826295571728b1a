/** Wraps sentences at spaces. A command or an address stays whole, so that users can copy it. */
import { cellsOf } from './cells.js';

/** A leading sign, dash or list label. Continuation lines are indented below what follows it. */
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

function wordsOf(text: string): string[] {
  const whole = text.replace(COMMAND, (command) => command.replaceAll(' ', KEPT_SPACE));
  return whole.split(' ').map((word) => word.replaceAll(KEPT_SPACE, ' '));
}

/** Wraps one line to that many cells. A longer word, command or address gets its own line. */
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
