/** What the wizard prints, broken at spaces in a narrow terminal; what is copied from it stays whole. */
import { cellsOf, wrapToCells } from '../cells.js';
import type { Io } from '../io.js';

/** A sign, or an item of a list up to its second column: what follows goes on below itself. */
const LEAD = /^(?:(?:\u001b\[[\d;]*m)*[✓!](?:\u001b\[[\d;]*m)* | {2}☑ .*? {2,})/u;
/** An address, a link or a line of a file stands indented; a command may stand anywhere. */
const COPIED = /^ {2}(?!☑)|codesubmit-lever /;

function wrapLine(line: string, columns: number): string[] {
  if (cellsOf(line) <= columns || COPIED.test(line)) return [line];
  const lead = LEAD.exec(line)?.[0] ?? '';
  const room = columns - cellsOf(lead);
  const text = line.slice(lead.length);
  // Broken within a word it could be neither read nor copied.
  if (text.split(' ').some((word) => cellsOf(word) > room)) return [line];
  const [first = '', ...more] = wrapToCells(text, room);
  return [lead + first, ...more.map((one) => ' '.repeat(cellsOf(lead)) + one)];
}

export function wrappingIo(io: Io): Io {
  return {
    ...io,
    get columns() {
      return io.columns;
    },
    out: (line) => {
      for (const one of wrapLine(line, io.columns)) io.out(one);
    },
  };
}
