/** Retry-After in seconds and as a date on the vendor's clock, bounded. */
import { expect, it } from 'vitest';
import { retryAfterMs } from './send-request.js';

const date = 'Tue, 01 Sep 2026 10:00:00 GMT';

it.each([
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '999999' }, 86_400_000],
  [{ 'retry-after': 'Tue, 01 Sep 2026 10:00:30 GMT', date }, 30_000],
  [{ 'retry-after': 'Tue, 01 Sep 2026 09:00:00 GMT', date }, 0],
  [{ 'retry-after': 'Tue, 01 Sep 2026 10:00:30 GMT' }, undefined],
  [{ 'retry-after': 'soon', date }, undefined],
  [{}, undefined],
])('%j', (headers, expected) => {
  expect(retryAfterMs(headers)).toBe(expected);
});
