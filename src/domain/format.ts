/** Formats numbers, durations, times and groups for sentences, and text for a command that we print. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './clock.js';

/** Such as `one day` and `3 days`. `many`: the plural, if it isn't formed by an s. */
export function count(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `one ${one}` : `${String(n)} ${many}`;
}

/** The items in groups of the same key, in the order in which the keys first come. */
export function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

export function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Such as `a and b`, or `a, b and c`. */
export function listInWords(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(words);
}

const UNITS: readonly [ms: number, name: string, short: string][] = [
  [DAY_MS, 'day', 'day'],
  [HOUR_MS, 'hour', 'h'],
  [MINUTE_MS, 'minute', 'min'],
  [SECOND_MS, 'second', 's'],
];

/**
 * A duration in its largest unit, such as `3 hours`; below a second in seconds. None is negative, though our clock may
 * have been set back.
 */
export function formatDuration(ms: number): string {
  const [unitMs, name] = UNITS.find(([unit]) => ms >= unit) ?? [SECOND_MS, 'second'];
  return count(Math.max(0, Math.round(ms / unitMs)), name);
}

/** The minutes, worded to follow “every”. */
export function minutesInWords(minutes: number): string {
  return minutes === 1 ? 'minute' : `${String(minutes)} minutes`;
}

/** Puts an ISO 8601 time into words. */
export type TellTime = (iso: string) => string;

/** Returns a function that words a time as `3 h ago` or `in 2 days`. With `isUtc` it returns the time as it is. */
export function tellTimes(now: number, isUtc = false): TellTime {
  return isUtc ? (iso) => iso : (iso) => relative(iso, now);
}

const TIME_IN_SENTENCE = /(until )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g;

/**
 * Puts the times within a sentence into words. An “until” before one stays if `tellTime` gives a time or date, and is
 * dropped otherwise: “until in 2 h” would be wrong.
 */
export function tellTimesIn(sentence: string, tellTime: TellTime): string {
  return sentence.replace(TIME_IN_SENTENCE, (_, until: string | undefined, iso: string) => {
    const told = tellTime(iso);
    // A date is the beginning of the time that was given.
    return iso.startsWith(told) ? (until ?? '') + told : told;
  });
}

/** Beyond this, a date says more than a count of days. */
const RELATIVE_DAYS = 14;

/** Such as `3 h ago` or `in 2 days`; `just now` below a second, and the date if the time is too far away. */
function relative(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  const distance = Math.abs(ms);
  if (distance >= RELATIVE_DAYS * DAY_MS) return iso.slice(0, 10);
  const step = UNITS.find(([size]) => distance >= size);
  if (step === undefined) return 'just now';
  const [size, , short] = step;
  const n = Math.floor(distance / size);
  const length = `${n} ${short === 'day' && n > 1 ? 'days' : short}`;
  return ms > 0 ? `${length} ago` : `in ${length}`;
}

/** Quotes a text so that a shell reads one argument and runs nothing of it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The text as it is if a shell reads nothing into it, such as an ordinary id; else quoted. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,][\w./:@%+,=-]*$/.test(text) ? text : shellQuote(text);
}
