/** Reads the two headers that speak of time: `Date` and `Retry-After`. */
import type { IncomingHttpHeaders } from 'node:http';
import { SECOND_MS, HOUR_MS } from '../domain/clock.js';

const LONGEST_MS = HOUR_MS;

/** The vendor's own clock at the reply, epoch ms; null without a readable `Date` header. */
export function vendorClock(headers: IncomingHttpHeaders): number | null {
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? null : at;
}

/**
 * How long the vendor asks to be left alone, 0 to one hour. A date is measured on the vendor's own clock, so that ours
 * may be wrong; undefined when the header is missing or unreadable.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * SECOND_MS : msUntil(value, headers);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_MS);
}

function msUntil(date: string, headers: IncomingHttpHeaders): number {
  return Date.parse(date) - (vendorClock(headers) ?? Number.NaN);
}
