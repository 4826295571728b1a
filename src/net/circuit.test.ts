/** When a vendor that fails as a whole is called again, and by how many. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig } from '../../test/rigs/store.js';
import type { FakeClock } from '../../test/support/fake-clock.js';
import { ApiError, type ApiErrorKind, isVendorWide } from '../domain/errors.js';
import { SILENT_LOG } from '../domain/log.js';
import { type Tx } from '../store/database/database.js';
import { Circuit } from './circuit.js';

function failure(
  kind: ApiErrorKind,
  facts: { status?: number; retryAfterMs?: number; route?: string } = {},
): ApiError {
  return new ApiError({
    vendor: 'lever',
    kind,
    route: 'GET /opportunities',
    reason: 'x',
    ...facts,
  });
}

describe('what concerns the vendor, not one record', () => {
  it.each<[kind: ApiErrorKind, status: number | undefined, concerns: boolean]>([
    ['rate_limited', 429, true],
    ['unauthorized', 401, true],
    ['unavailable', undefined, true],
    ['unavailable', 503, true],
    ['unavailable', 500, false],
    ['unavailable', 502, false],
    ['unknown_outcome', 503, false],
    ['refused', 400, false],
  ])('%s with status %s: %s', (kind, status, concerns) => {
    const facts = status === undefined ? {} : { status };
    expect(isVendorWide(failure(kind, facts))).toBe(concerns);
  });

  it('is each page of CodeSubmit’s lists', () => {
    const facts = { vendor: 'codesubmit', reason: 'x', status: 500 } as const;
    const kind = 'unavailable';
    expect(isVendorWide(new ApiError({ ...facts, kind, route: 'GET /candidates' }))).toBe(true);
    expect(isVendorWide(new ApiError({ ...facts, kind, route: 'POST /candidates' }))).toBe(false);
  });
});

let rig: StoreRig;
let clock: FakeClock;
let vendor: Circuit;

function makeCircuit(): Circuit {
  const { database, integration } = rig.app;
  const around = { database, integration, clock, random: () => 0, log: SILENT_LOG };
  return new Circuit('codesubmit', () => undefined, around);
}

beforeEach(() => {
  rig = new StoreRig();
  ({ clock } = rig);
  vendor = makeCircuit();
});
afterEach(() => {
  rig.close();
});

/** What is stored of our account. */
const state = () => rig.app.integration.state();
const write = (change: (tx: Tx) => unknown) => rig.app.database.lend(change);

describe('a rejected account', () => {
  const rejected = failure('unauthorized', { status: 403 });

  it('is tried every five minutes by one row, and stored until a call of its kind works', async () => {
    await vendor.note(
      'POST /candidates',
      failure('unauthorized', { status: 403, route: 'POST /candidates' }),
    );
    expect([vendor.remainingMs('write'), vendor.remainingMs('read')]).toEqual([300_000, 0]);
    clock.advance(300_000);
    expect(vendor.room(['write'], 8, 0)).toBe(1);
    await vendor.note('GET /opportunities', null);
    expect(state()).toBe('needs_reauth');
    await vendor.note('POST /candidates', null);
    expect([state(), vendor.room(['write'], 8, 0)]).toEqual(['active', 8]);
  });

  it('isn’t accepted because another route works', async () => {
    await vendor.note('GET /opportunities', rejected);
    await vendor.note('GET /stages', null);
    expect(state()).toBe('needs_reauth');
    await vendor.note('GET /opportunities', null);
    expect(state()).toBe('active');
  });

  it('needn’t be tried again once a call works that was under way', async () => {
    await vendor.note('GET /opportunities', rejected);
    await vendor.note('GET /opportunities', null);
    expect(vendor.room(['read'], 8, 0)).toBe(8);
  });

  it('is tried at once after a setting has changed', async () => {
    await vendor.note('GET /opportunities', rejected);
    write((tx) => rig.app.integration.bumpVersion(tx));
    expect(vendor.room(['read'], 8, 0)).toBe(1);
  });

  it('may read and not send: after a start, too, reads that work say nothing', async () => {
    const rejection = { kind: 'no_sending', why: 'x' } as const;
    write((tx) => rig.app.integration.recordRejection(tx, 'codesubmit', 1, rejection));
    vendor = makeCircuit();
    await vendor.note('GET /opportunities', null);
    expect(state()).toBe('needs_reauth');
  });

  it('is no news about credentials that were given since', async () => {
    await vendor.note('GET /opportunities', rejected, () => false);
    expect([state(), vendor.remainingMs('read')]).toEqual(['active', 0]);
  });
});

/** Ms that it waits after each of so many failures in a row, each trial at its time. */
async function waits(n: number, error: ApiError): Promise<number[]> {
  const all: number[] = [];
  for (let at = 0; at < n; at += 1) {
    await vendor.note('POST /candidates', error);
    all.push(vendor.remainingMs('write'));
    clock.advance(vendor.remainingMs('write'));
  }
  return all;
}

describe('the wait', () => {
  it('is none before a failure', () => {
    expect(vendor.remainingMs('read')).toBe(0);
  });

  it('doubles with each failure, up to a minute', async () => {
    const doubled = [750, 1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000];
    expect(await waits(9, failure('unavailable'))).toEqual(doubled);
  });

  it('begins with the second unknown outcome in a row, and grows up to an hour', async () => {
    const error = failure('unknown_outcome', { status: 502 });
    const all = await waits(15, error);
    expect(all.slice(0, 4)).toEqual([0, 750, 1_500, 3_000]);
    expect(all.at(-1)).toBeGreaterThan(2_000_000);
  });

  it('isn’t opened by an unknown outcome if a call has worked since the one before it', async () => {
    const error = failure('unknown_outcome', { status: 502 });
    await vendor.note('POST /candidates', error);
    await vendor.note('POST /candidates', null);
    await vendor.note('POST /candidates', error);
    expect(vendor.remainingMs('write')).toBe(0);
  });

  it('isn’t opened by a success that can’t be read', async () => {
    expect(await waits(3, failure('unknown_outcome', { status: 201 }))).toEqual([0, 0, 0]);
  });

  it('ends when its time is over, whatever the calendar does', async () => {
    await vendor.note('GET /opportunities', failure('unavailable'));
    clock.jump(3_600_000);
    expect(vendor.remainingMs('read')).toBe(750);
    clock.jump(-7_200_000);
    clock.advance(749);
    expect(vendor.remainingMs('read')).toBe(1);
    clock.advance(1_001);
    expect(vendor.remainingMs('read')).toBe(0);
  });

  it('obeys a Retry-After longer than a minute, for all calls, and isn’t shortened by another', async () => {
    await vendor.note('GET /opportunities', failure('rate_limited', { retryAfterMs: 300_000 }));
    await vendor.note('GET /opportunities', failure('rate_limited', { retryAfterMs: 0 }));
    await vendor.note('GET /opportunities', null);
    expect(vendor.remainingMs('read')).toBe(300_000);
    expect(vendor.remainingMs('write')).toBe(300_000);
  });
});

describe('half-open', () => {
  it('lets one row through at a time, until a call of that kind works', async () => {
    await vendor.note('POST /candidates', failure('unavailable'));
    expect(vendor.room(['write'], 8, 0)).toBe(0);
    clock.advance(750);
    expect(vendor.room(['write'], 8, 0)).toBe(1);
    expect(vendor.room(['write'], 8, 1)).toBe(0);
    await vendor.note('GET /opportunities', null);
    expect(vendor.room(['write'], 8, 1)).toBe(0);
    await vendor.note('POST /candidates', null);
    expect(vendor.room(['write'], 8, 1)).toBe(8);
  });

  it('leaves the other kind alone', async () => {
    await vendor.note('POST /candidates', failure('unavailable'));
    expect(vendor.room(['read'], 8, 3)).toBe(8);
    expect(vendor.room(['read', 'write'], 8, 0)).toBe(0);
  });

  it('ends with a refusal, which is an answer, except for a 404, which any server may send', async () => {
    await vendor.note('POST /candidates', failure('unavailable'));
    clock.advance(750);
    await vendor.note('POST /candidates', failure('refused', { status: 404 }));
    expect(vendor.room(['write'], 8, 1)).toBe(0);
    await vendor.note('POST /candidates', failure('refused', { status: 400 }));
    expect(vendor.room(['write'], 8, 1)).toBe(8);
  });
});
