/** A read that began before the last decision's read is not used. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ADA, GRACE } from '../../test/support/fictional-records.js';
import type { OpportunityId } from '../domain/ids.js';
import { ReadOrder } from './memory.js';

it('whatever the interleaving, no opportunity is decided on an older read after a newer one', () => {
  const ids = [ADA, GRACE];
  /** Each read: whose it is, and after how many other steps it returns. */
  const reads = fc.array(fc.tuple(fc.nat(1), fc.nat(6)), { maxLength: 30 });
  fc.assert(
    fc.property(reads, (plan) => {
      const order = new ReadOrder();
      const underWay: { id: OpportunityId; ticket: number; due: number }[] = [];
      const decided = new Map<OpportunityId, number>();
      const settle = (step: number): void => {
        for (const read of underWay.filter(({ due }) => due === step)) {
          const last = decided.get(read.id) ?? 0;
          expect(order.mayUse(read.id, read.ticket)).toBe(last <= read.ticket);
          if (last <= read.ticket) {
            decided.set(read.id, read.ticket);
            order.recordDecided(read.id, read.ticket);
          }
          order.end(read.ticket);
        }
      };
      for (const [step, [whose, wait]] of plan.entries()) {
        const id = ids[whose] ?? ADA;
        underWay.push({ id, ticket: order.begin(), due: step + wait });
        settle(step);
      }
      for (let step = plan.length; step < plan.length + 7; step++) settle(step);
    }),
  );
});
