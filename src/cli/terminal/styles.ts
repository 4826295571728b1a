/** Our own styling, told from whatever others wrote by a number that nobody else knows; and text made fit for a terminal. */
import { randomInt } from 'node:crypto';
import { Chalk } from 'chalk';
import { visible } from '../../domain/visible-text.js';

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow'] as const;

export type Paint = Record<(typeof STYLES)[number], (text: string) => string>;

/** A parameter that every terminal would ignore; it never reaches one. */
const OURS = String(randomInt(100_000_000, 1_000_000_000));
const MARK = new RegExp(String.raw`\u001b\[${OURS};(\d{1,2})m`);

const chalk = new Chalk({ level: 1 });

/** Each style as a mark that `forTerminal` turns into the terminal's own; without colour, as nothing. */
export function createPaint(hasColour: boolean): Paint {
  const marked = STYLES.map((style) => {
    const [on = '', off = ''] = chalk[style]('|').split('|').map(mark);
    return [style, (text: string) => (hasColour ? `${on}${text}${off}` : text)] as const;
  });
  return Object.fromEntries(marked) as Paint;
}

function mark(code: string): string {
  return code.replace('[', `[${OURS};`);
}

/** Lines of which a terminal obeys our own styling, and shows everything else in the form that JSON has for it. */
export function forTerminal(text: string): string {
  const parts = text.split(MARK);
  return parts.map((part, at) => (at % 2 === 0 ? visibleLines(part) : `\u001b[${part}m`)).join('');
}

function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
