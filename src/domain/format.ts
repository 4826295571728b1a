/** Formats numbers and durations for sentences, and text for a command that we print. */
import { SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS } from './clock.js';

export function count(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `one ${one}` : `${String(n)} ${many}`;
}

export function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const UNITS: readonly [ms: number, name: string][] = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
  [SECOND_MS, 'second'],
];

/** A duration in its largest unit, such as `3 hours`; below a second in seconds. */
export function formatDuration(ms: number): string {
  const [unitMs, name] = UNITS.find(([unit]) => ms >= unit) ?? [SECOND_MS, 'second'];
  return count(Math.round(ms / unitMs), name);
}

/** The minutes, worded to follow “every”. */
export function minutesInWords(minutes: number): string {
  return minutes === 1 ? 'minute' : `${String(minutes)} minutes`;
}
/** Quotes a text so that a shell reads one argument and runs nothing of it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The text as it is if a shell reads nothing into it, such as an ordinary id; else quoted. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,][\w./:@%+,=-]*$/.test(text) ? text : shellQuote(text);
}
