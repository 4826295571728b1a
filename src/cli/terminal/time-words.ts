/** Times in words: how long ago, or exactly in UTC on request. */
import { SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS } from '../../domain/clock.js';

/** Puts an ISO 8601 time into words. */
export type TellTime = (iso: string) => string;

export function tellTimes(now: number, isUtc = false): TellTime {
  return isUtc ? (iso) => iso : (iso) => relative(iso, now);
}

const TIME_IN_SENTENCE = /(until )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g;

/** Replaces the times within a sentence. “until” fits exact times only: it goes where the time becomes “in 2 h”. */
export function tellTimesIn(sentence: string, tellTime: TellTime): string {
  return sentence.replace(TIME_IN_SENTENCE, (whole, _until: string | undefined, iso: string) => {
    const told = tellTime(iso);
    return told === iso ? whole : told;
  });
}

/** Beyond this, a date says more than a count of days. */
const RELATIVE_DAYS = 14;

const UNITS = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
] as const;

function relative(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  const distance = Math.abs(ms);
  if (distance >= RELATIVE_DAYS * DAY_MS) return iso.slice(0, 10);
  const step = UNITS.find(([size]) => distance >= size);
  if (step === undefined) return 'just now';
  const [size, unit] = step;
  const n = Math.floor(distance / size);
  const length = `${n} ${unit === 'day' && n > 1 ? 'days' : unit}`;
  return ms > 0 ? `${length} ago` : `in ${length}`;
}
