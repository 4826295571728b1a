/** Reads the address and date of a row in CodeSubmit's list, in any common format. Pure. */
import { SECOND_MS, HOUR_MS, DAY_MS } from '../../domain/clock.js';
import { MAX_EMAIL_LENGTH } from '../../domain/vendor-text.js';
import type { Span } from '../../domain/codesubmit-port.js';

/** The extreme time zones: this far ahead of UTC, and this far behind. */
const AHEAD_MS = 14 * HOUR_MS;
const BEHIND_MS = 12 * HOUR_MS;

const ADDRESS = /^[^\s@,;<>()[\]]+@[^\s@,;<>()[\]]+\.[^\s@,;<>()[\].]+$/;
/** Masked letters: typical mask characters, or a run of one character. */
const MASK = /[*•●∙∗＊…]|([.#_x-])\1\1|\.\.|^[.]|[.]@/i;
const MAX_DATE_LENGTH = 64;

/** An unmasked address; null for anything else. */
export function parseAddress(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_EMAIL_LENGTH) return null;
  const address = value.trim();
  return ADDRESS.test(address) && !MASK.test(address) ? address : null;
}

const ISO =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/i;
/** `Tue, 01 Sep 2026 10:00:00 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} (GMT|UTC|[+-]\d{4})$/;

/** Without a zone or a time the moment is a range. Null for what is no date, or ambiguous. */
export function parseSpan(value: unknown): Span | null {
  if (typeof value === 'number') return parseTimestamp(value);
  if (typeof value !== 'string' || value.length > MAX_DATE_LENGTH) return null;
  const text = value.trim();
  if (HTTP_DATE.test(text)) return moment(Date.parse(text));
  const [, day, time, fraction = '0', zone] = ISO.exec(text) ?? [];
  if (day === undefined) return null;
  if (time === undefined) return around(Date.parse(day), DAY_MS);
  const local = `${day}T${time.length === 5 ? `${time}:00` : time}.${fraction.slice(0, 3)}`;
  if (zone === undefined) return around(Date.parse(`${local}Z`), 0);
  return moment(Date.parse(local + isoZone(zone)));
}

/** `+02`, `+0200` and `UTC` are rewritten so that every engine reads them. */
function isoZone(zone: string): string {
  if (/^[A-Z]/i.test(zone)) return 'Z';
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
}

/** Seconds or milliseconds since 1970, in this century. */
function parseTimestamp(value: number): Span | null {
  if (value >= 1e9 && value < 1e10) return moment(value * SECOND_MS);
  return value >= 1e12 && value < 1e13 ? moment(value) : null;
}

function moment(at: number): Span | null {
  return Number.isNaN(at) ? null : { from: at, until: at };
}

function around(at: number, lengthMs: number): Span | null {
  if (Number.isNaN(at)) return null;
  return { from: at - AHEAD_MS, until: at + lengthMs + BEHIND_MS };
}
