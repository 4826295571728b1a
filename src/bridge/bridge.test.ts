/** A read that began before the last decision's read is not used, and nothing is kept longer than it may be used. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.js';
import { ADA, GRACE } from '../../test/support/fictional-records.js';
import type { OpportunityId } from '../domain/ids.js';
import { ReadOrder, Recent } from './bridge.js';

it('whatever the interleaving, no opportunity is decided on an older read after a newer one', () => {
  const ids = [ADA, GRACE];
  /** Each read: whose it is, and after how many other steps it returns. */
  const reads = fc.array(fc.tuple(fc.nat(1), fc.nat(6)), { maxLength: 30 });
  fc.assert(
    fc.property(reads, (plan) => {
      const order = new ReadOrder(new FakeClock());
      const underWay: { id: OpportunityId; ticket: number; due: number }[] = [];
      const decided = new Map<OpportunityId, number>();
      const settle = (step: number): void => {
        for (const read of underWay.filter(({ due }) => due === step)) {
          const last = decided.get(read.id) ?? 0;
          expect(order.mayUse(read)).toBe(last <= read.ticket);
          if (last <= read.ticket) {
            decided.set(read.id, read.ticket);
            order.recordDecided(read);
            // The write that decides may be repeated.
            expect(order.mayUse(read)).toBe(true);
          }
          order.end();
        }
      };
      for (const [step, [whose, wait]] of plan.entries()) {
        const id = ids[whose] ?? ADA;
        underWay.push({ id, ticket: order.begin().ticket, due: step + wait });
        settle(step);
      }
      for (let step = plan.length; step < plan.length + 7; step++) settle(step);
    }),
  );
});

it('what was decided on is forgotten once no read is under way', () => {
  const order = new ReadOrder(new FakeClock());
  const [older, newer] = [order.begin(), order.begin()];
  order.recordDecided({ id: ADA, ...newer });
  order.end();
  expect(order.mayUse({ id: ADA, ...older })).toBe(false);
  order.end();
  expect(order.mayUse({ id: ADA, ...older })).toBe(true);
});

it('a value is used as long as it may be, and forgotten with the next one', () => {
  let at = 0;
  const recent = new Recent<string, number>({ now: () => at, monotonicMs: () => at }, 60);
  recent.remember('first', 1);
  recent.remember('read before', 2, 20);
  at = 40;
  expect(recent.find('read before')).toBe(2);
  at = 41;
  expect(recent.find('read before')).toBeUndefined();
  at = 60;
  expect(recent.find('first')).toBe(1);
  at = 61;
  expect(recent.find('first')).toBeUndefined();
  recent.remember('last', 3);
  at = 0;
  expect(recent.find('first')).toBeUndefined();
});
