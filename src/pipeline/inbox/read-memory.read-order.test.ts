/** A read that began before the last decision's read is not used. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADA, GRACE } from '../../../test/support/fictional-records.js';
import type { OpportunityId } from '../../domain/ids.js';
import { ReadOrder } from './read-memory.js';

describe('the order of reads', () => {
  it('an older read is not used once a newer one was decided on', () => {
    const order = new ReadOrder();
    const older = order.begin();
    const newer = order.begin();
    order.noteDecided(ADA, newer);
    order.end(newer);
    expect(order.mayUse(ADA, older)).toBe(false);
  });

  it('a newer read is used after an older one was decided on', () => {
    const order = new ReadOrder();
    const older = order.begin();
    const newer = order.begin();
    order.noteDecided(ADA, older);
    order.end(older);
    expect(order.mayUse(ADA, newer)).toBe(true);
  });

  it('the read that was decided on may be used again, with its posting', () => {
    const order = new ReadOrder();
    const read = order.begin();
    order.noteDecided(ADA, read);
    expect(order.mayUse(ADA, read)).toBe(true);
  });

  it('reads of other opportunities don’t matter', () => {
    const order = new ReadOrder();
    const older = order.begin();
    order.noteDecided(ADA, order.begin());
    expect(order.mayUse(GRACE, older)).toBe(true);
  });

  it('an older read that fails doesn’t erase the order of the others', () => {
    const order = new ReadOrder();
    const oldest = order.begin();
    const failed = order.begin();
    const newer = order.begin();
    order.noteDecided(ADA, newer);
    order.end(newer);
    order.end(failed);
    expect(order.mayUse(ADA, oldest)).toBe(false);
  });
});

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
            order.noteDecided(read.id, read.ticket);
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
