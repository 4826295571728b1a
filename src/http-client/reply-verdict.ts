/** Says what a reply's status and body amount to: a success, or which kind of failure. Pure. */
import type { ApiErrorKind } from '../domain/errors.js';
import { isWithinJsonBounds } from './json-bounds.js';

export interface Verdict {
  kind: ApiErrorKind;
  reason: string;
}

export interface StatusRules {
  isWrite: boolean;
  /** Statuses beside 401 by which this route refuses the account rather than the request. */
  accountStatuses: readonly number[];
}

/** Why an account is refused, where it isn't its key or login. */
const ACCOUNT_REASONS: Partial<Record<number, string>> = { 402: 'payment required' };

/** The failure that a status stands for; null for a 2xx. */
export function judgeStatus(status: number, rules: StatusRules): Verdict | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401 || rules.accountStatuses.includes(status)) {
    return { kind: 'unauthorized', reason: ACCOUNT_REASONS[status] ?? 'credentials refused' };
  }
  if (status === 429) return { kind: 'rate_limited', reason: 'rate limit' };
  if (status >= 300 && status < 400) {
    return { kind: rules.isWrite ? 'unknown_outcome' : 'refused', reason: 'redirect' };
  }
  // 408 comes from whatever stands between, which doesn't know what happened behind it.
  if (status < 200 || status === 408 || status >= 500) {
    return { kind: lostKind(rules.isWrite), reason: 'server error' };
  }
  return { kind: 'refused', reason: 'refused' };
}

/** The kind of a failure after which nobody knows whether the request arrived: only a read may just be repeated. */
export function lostKind(isWrite: boolean): ApiErrorKind {
  return isWrite ? 'unknown_outcome' : 'unavailable';
}

/** A refusal is shorter; what is longer is a page, or wants to keep us busy. */
const MAX_BRIEF_LENGTH = 16 * 1024;

/** What a refusal says: parsed, or as much of its text as is worth looking at. Null for too much JSON. */
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
