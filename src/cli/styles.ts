/** Our own styling, told from whatever others wrote by a number that nobody else knows; and text made fit for a terminal. */
import { randomInt } from 'node:crypto';
import { visible } from '../domain/visible-text.js';

/** What begins a style, and what ends it. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
} as const;

export type Paint = Record<keyof typeof STYLES, (text: string) => string>;

/** A parameter that every terminal would ignore; it never reaches one. */
const OURS = String(randomInt(100_000_000, 1_000_000_000));
const MARK = new RegExp(String.raw`\u001b\[${OURS};(\d{1,2})m`);

/** Each style as a mark that `forTerminal` turns into the terminal's own; without colour, as nothing. */
export function createPaint(hasColour: boolean): Paint {
  const styled = ([on, off]: readonly [number, number]) => {
    if (!hasColour) return (text: string) => text;
    return (text: string) => `\u001b[${OURS};${on}m${text}\u001b[${OURS};${off}m`;
  };
  return {
    bold: styled(STYLES.bold),
    dim: styled(STYLES.dim),
    red: styled(STYLES.red),
    green: styled(STYLES.green),
    yellow: styled(STYLES.yellow),
  };
}

/** Lines of which a terminal obeys our own styling, and shows everything else in the form that JSON has for it. */
export function forTerminal(text: string): string {
  const parts = text.split(MARK);
  return parts.map((part, at) => (at % 2 === 0 ? visibleLines(part) : `\u001b[${part}m`)).join('');
}

function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
