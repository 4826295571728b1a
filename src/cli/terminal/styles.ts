/** Makes text safe for a terminal; a random number marks our own styling. */
import type { ChalkInstance } from 'chalk';
import { visible } from '../../domain/vendor-text.js';

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow'] as const;

export type Paint = Record<(typeof STYLES)[number], (text: string) => string>;

/**
 * The random number that marks a style's code as ours, removed before printing. Text from vendors can't contain it, so it
 * can't style the terminal. Undefined until something is styled.
 */
let styleId: string | undefined;

/** Each style as a mark that `forTerminal` turns into a code; nothing without colour. */
export async function createPaint(hasColour: boolean): Promise<Paint> {
  const styled = hasColour ? await loadChalk() : undefined;
  const marked = STYLES.map((style) => {
    const [on = '', off = ''] = styled?.[style]('|').split('|').map(markAsOurs) ?? [];
    return [style, (text: string) => `${on}${text}${off}`] as const;
  });
  return Object.fromEntries(marked) as Paint;
}

/** Loading it takes longer than what most commands do without colour. */
async function loadChalk(): Promise<ChalkInstance> {
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
}

function markAsOurs(code: string): string {
  const { randomInt } = process.getBuiltinModule('node:crypto');
  styleId ??= String(randomInt(100_000_000, 1_000_000_000));
  return code.replace('[', `[${styleId};`);
}

/** Passes our own styling on, and shows all other control codes escaped as in JSON. */
export function forTerminal(text: string): string {
  if (styleId === undefined) return visibleLines(text);
  // `split` keeps what the group matches: every second part is the number of a style of ours.
  const parts = text.split(new RegExp(String.raw`\u001b\[${styleId};(\d{1,2})m`));
  return parts.map((part, at) => (at % 2 === 0 ? visibleLines(part) : `\u001b[${part}m`)).join('');
}

function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
