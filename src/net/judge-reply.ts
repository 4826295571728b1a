/** What a vendor's reply means: a success or which kind of failure, its body, when to come again. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { HOUR_MS, SECOND_MS } from '../domain/clock.js';
import type { ApiErrorKind } from '../domain/errors.js';

export interface Verdict {
  kind: ApiErrorKind;
  reason: string;
}

export interface StatusRules {
  isWrite: boolean;
  /** Statuses besides 401 by which this route rejects the account rather than the request. */
  accountStatuses: readonly number[];
}

/** Why an account is rejected, if not for its key or login. */
const ACCOUNT_REASONS: Partial<Record<number, string>> = { 402: 'payment required' };

/** The failure that a status means; null for a 2xx. */
export function judgeStatus(status: number, rules: StatusRules): Verdict | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401 || rules.accountStatuses.includes(status)) {
    return { kind: 'unauthorized', reason: ACCOUNT_REASONS[status] ?? 'credentials rejected' };
  }
  if (status === 429) return { kind: 'rate_limited', reason: 'rate limit' };
  if (status >= 300 && status < 400) {
    return { kind: rules.isWrite ? 'unknown_outcome' : 'refused', reason: 'redirect' };
  }
  // A 408 comes from something in between, which doesn't know what happened behind it.
  if (status < 200 || status === 408 || status >= 500) {
    return { kind: lostKind(rules.isWrite), reason: 'server error' };
  }
  return { kind: 'refused', reason: 'refused' };
}

/** The request may have arrived: only a read may simply be repeated. */
export function lostKind(isWrite: boolean): ApiErrorKind {
  return isWrite ? 'unknown_outcome' : 'unavailable';
}

/** A refusal is shorter. A longer body is a page, or an attack. */
const MAX_BRIEF_LENGTH = 16 * 1024;

/** What a refusal says: parsed, or the start of its text. Null for too much JSON. */
export function briefBody(text: string): unknown {
  const parsed = text.length <= MAX_BRIEF_LENGTH ? parseBody(text) : null;
  if (parsed?.isJson) return parsed.value;
  const isTooMuchJson = parsed === null && /^\s*[[{]/.test(text);
  return isTooMuchJson ? null : text.slice(0, MAX_BRIEF_LENGTH);
}

export type ParsedBody = { isJson: true; value: unknown } | { isJson: false; reason: string };

/** Parses a body as JSON, or says in three words what it is instead. */
export function parseBody(text: string): ParsedBody {
  const trimmed = text.trim();
  if (trimmed === '') return { isJson: false, reason: 'empty instead of json' };
  if (!isWithinJsonBounds(trimmed)) return { isJson: false, reason: 'reply too large' };
  try {
    return { isJson: true, value: JSON.parse(trimmed) as unknown };
  } catch {
    const what = trimmed.startsWith('<') ? 'html' : 'garbage';
    return { isJson: false, reason: `${what} instead of json` };
  }
}

// The two headers about time: `Date` and `Retry-After`.

const LONGEST_MS = HOUR_MS;

/** The vendor's clock when it replied, epoch ms; null without a readable `Date` header. */
export function vendorClock(headers: IncomingHttpHeaders): number | null {
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? null : at;
}

/**
 * How long the vendor asks us to wait, up to one hour. A date is measured on the vendor's own
 * clock, because ours may be wrong. Undefined when the header is missing or unreadable.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * SECOND_MS : msUntil(value, headers);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_MS);
}

function msUntil(date: string, headers: IncomingHttpHeaders): number {
  return Date.parse(date) - (vendorClock(headers) ?? Number.NaN);
}

// Whether a text can be parsed as JSON within a turn. The cost depends on the content: many small values cost most, and
// digits of numbers that can't be represented.

/** Commas, opening brackets and strings: eight hundred for each of a page's hundred records. */
const MAX_TOKENS = 80_000;
/** Of all numbers. A page's records have some tens of thousands. */
const MAX_DIGITS = 400_000;
/** Nothing that we read is deeper, and replies are walked recursively. */
const MAX_DEPTH = 64;

/** Counts in one pass and stops at the bound. Text that isn't JSON may pass or not. */
export function isWithinJsonBounds(text: string): boolean {
  let [tokens, digits, depth] = [0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char >= '0' && char <= '9') digits += 1;
    else if (char === ']' || char === '}') depth -= 1;
    else if (char === '"' || char === ',' || char === '[' || char === '{') {
      tokens += 1;
      if (char === '"') at = endOfString(text, at);
      else if (char !== ',') depth += 1;
    }
    if (tokens > MAX_TOKENS || digits > MAX_DIGITS || depth > MAX_DEPTH) return false;
  }
  return true;
}

/** The position of the quote that ends the string starting at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
