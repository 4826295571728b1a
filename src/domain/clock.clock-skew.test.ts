/**
 * A vendor's clock and our own error, from replies that are slow, rounded to seconds, missing or
 * contradictory.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.js';
import { ClockSkew } from './clock.js';

const NOON = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;

/**
 * A vendor whose calendar is `offsetMs` ahead of the true time, and what we conclude from its
 * replies.
 */
class Vendor {
  readonly clock = new FakeClock(NOON);
  readonly skew = new ClockSkew(this.clock);

  constructor(private readonly offsetMs: number) {}

  now(): number {
    return this.clock.now() + this.offsetMs;
  }

  /** Answers after `outMs`; the answer takes `backMs` more to arrive. */
  reply(outMs: number, backMs: number): void {
    this.clock.advance(outMs);
    const vendorNow = Math.floor(this.now() / 1_000) * 1_000;
    this.clock.advance(backMs);
    this.skew.note({ vendorNow, durationMs: outMs + backMs });
  }
}

describe('a vendor’s clock', () => {
  it('is unknown until a reply has a date', () => {
    const skew = new ClockSkew(new FakeClock());
    const known = () => [skew.vendorAtLeast(), skew.ourLeadMs()];
    expect(known()).toEqual([null, null]);
    skew.note({ vendorNow: null, durationMs: 5 });
    expect(known()).toEqual([null, null]);
  });

  it('runs on between replies, and ignores a jump of our own calendar', () => {
    const vendor = new Vendor(-HOUR);
    vendor.reply(10, 10);
    vendor.clock.advance(90_000);
    const before = vendor.skew.vendorAtLeast()!;
    expect(Math.abs(before - vendor.now())).toBeLessThan(1_020);
    vendor.clock.jump(3 * HOUR);
    expect(vendor.skew.vendorAtLeast()).toBe(before);
  });

  it('is followed when it is set', () => {
    const vendor = new Vendor(0);
    vendor.reply(10, 10);
    vendor.skew.note({ vendorNow: NOON - HOUR, durationMs: 20 });
    expect(Math.abs(vendor.skew.vendorAtLeast()! - (NOON - HOUR))).toBeLessThan(1_020);
  });

  it('is off by at most what a reply leaves open, and less with more replies', () => {
    const delays = fc.array(fc.tuple(fc.nat(40_000), fc.nat(40_000)), { minLength: 1 });
    fc.assert(
      fc.property(fc.integer({ min: -HOUR, max: HOUR }), delays, (offsetMs, replies) => {
        const vendor = new Vendor(offsetMs);
        for (const [out, back] of replies) vendor.reply(out, back);
        const openMs = Math.min(...replies.map(([out, back]) => out + back)) + 1_000;
        expect(vendor.skew.vendorAtLeast()!).toBeLessThanOrEqual(vendor.now());
        expect(vendor.skew.vendorAtLeast()!).toBeGreaterThan(vendor.now() - openMs);
      }),
    );
  });
});

describe('our own calendar', () => {
  it('is never reported wrong while it may be right, however slow the replies', () => {
    const delays = fc.array(fc.tuple(fc.nat(40_000), fc.nat(40_000)), { minLength: 1 });
    fc.assert(
      fc.property(delays, (replies) => {
        const vendor = new Vendor(0);
        for (const [out, back] of replies) vendor.reply(out, back);
        expect(vendor.skew.ourLeadMs()).toBe(0);
      }),
    );
  });

  it.each([
    ['an hour behind', HOUR],
    ['an hour ahead', -HOUR],
  ])('is %s, less what the reply leaves open', (_, offsetMs) => {
    const vendor = new Vendor(offsetMs);
    vendor.reply(200, 300);
    const lead = vendor.skew.ourLeadMs()!;
    expect(Math.sign(lead)).toBe(-Math.sign(offsetMs));
    expect(Math.abs(lead)).toBeLessThanOrEqual(HOUR);
    expect(Math.abs(lead)).toBeGreaterThanOrEqual(HOUR - 1_500);
  });

  it('is caught by a jump before the next reply', () => {
    const vendor = new Vendor(0);
    vendor.reply(10, 10);
    vendor.clock.jump(HOUR);
    expect(vendor.skew.ourLeadMs()).toBeGreaterThan(HOUR - 1_100);
    vendor.clock.jump(-2 * HOUR);
    expect(vendor.skew.ourLeadMs()).toBeLessThan(1_100 - HOUR);
  });
});
