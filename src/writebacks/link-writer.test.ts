import { expect, it } from 'vitest';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import { VendorPause } from '../integration/vendor-pause.js';
import type { LeverWriter } from './lever-port.js';
import { LinkWriter } from './link-writer.js';
import type { ClaimedWriteback, WritebackStore } from './writeback-store.js';

const LINK = 'https://app.codesubmit.io/c/example/1/2';
const clock = { now: () => 0, monotonicMs: () => 0 };
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** One attempt against a Lever that answers so; what was called and how it was settled. */
async function attempt(attempts: number, lever: { shows: string[]; holds: string[] | null }) {
  const calls: string[] = [];
  const settled: string[] = [];
  const writer: LeverWriter = {
    readLinks: async () => {
      calls.push('read');
      return lever.holds;
    },
    addLink: async () => {
      calls.push('add');
      return lever.shows;
    },
  };
  const store = {
    settleDone: async () => settled.push('done'),
    settleParked: async () => settled.push('parked'),
    settleLater: async () => settled.push('later'),
  } as unknown as WritebackStore;
  const owed: ClaimedWriteback = {
    id: 1,
    invitationId: 1 as InvitationId,
    opportunityId: 'an-opportunity' as OpportunityId,
    attempts,
    sealedLink: Buffer.alloc(0),
    claim: 'claim',
    link: LINK,
  };
  const pause = new VendorPause(clock, () => 0);
  const parts = { pause, settleMs: () => 0, clock, random: () => 0, log };
  await new LinkWriter({ store, lever: () => writer, ...parts }).write(owed);
  return { calls, settled };
}

it('adds a new link without a look, and believes a reply that shows it', async () => {
  expect(await attempt(0, { shows: [`${LINK}/`], holds: [] })).toEqual({
    calls: ['add'],
    settled: ['done'],
  });
});

it('reads back after a 2xx that does not show the link, and owes it until it is there', async () => {
  expect(await attempt(0, { shows: [], holds: ['app.codesubmit.io/c/example/1/2'] })).toEqual({
    calls: ['add', 'read'],
    settled: ['done'],
  });
  expect(await attempt(0, { shows: [], holds: [] })).toEqual({
    calls: ['add', 'read'],
    settled: ['later'],
  });
});

it('looks before it adds again, so that a lost answer leaves one link', async () => {
  expect(await attempt(1, { shows: [], holds: [LINK] })).toEqual({
    calls: ['read'],
    settled: ['done'],
  });
});

it('parks what belongs to somebody who is not to be seen any more', async () => {
  expect(await attempt(1, { shows: [], holds: null })).toEqual({
    calls: ['read'],
    settled: ['parked'],
  });
});
