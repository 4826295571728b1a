/** What the daemon's loops share: the vendors and their pauses, what was read last, and the way to wake one another. */
import type { House } from '../../app/app-context.js';
import { SECOND_MS } from '../../domain/clock.js';
import { makeListReader } from '../../pipeline/create-pipeline.js';
import {
  PostingTagsMemory,
  type SharedReads,
  ReadOrder,
} from '../../pipeline/inbox/read-memory.js';
import type { SentListReader } from '../../pipeline/invitations/sent-list-reader.js';
import { VendorPause } from '../../pipeline/vendor-availability.js';
import { Vendors } from '../../vendors/vendor-clients.js';

const MAX_WRITE_SETTLE_MS = 5_000;

/** The loops that another one finds work for. */
export type WakeableLoop = 'looks' | 'sends' | 'writes';

export interface LoopSurroundings {
  /** How often each loop looks for due work when nothing wakes it. */
  pollMs: number;
  /** Ends what is under way with a vendor. */
  signal: AbortSignal;
  isDraining: () => boolean;
  wake: (loop: WakeableLoop) => void;
}

export interface LoopParts extends LoopSurroundings {
  house: House;
  vendors: Vendors;
  leverPause: VendorPause;
  codesubmitPause: VendorPause;
  /** CodeSubmit's list. */
  list: SentListReader;
  reads: SharedReads;
}

export function makeLoopParts(house: House, surroundings: LoopSurroundings): LoopParts {
  const { clock, random } = house.surroundings;
  const vendors = new Vendors(house, { ...house.http, signal: surroundings.signal });
  return {
    ...surroundings,
    ...{ house, vendors },
    leverPause: new VendorPause(clock, random),
    codesubmitPause: new VendorPause(clock, random),
    list: makeListReader(house, () => vendors.codesubmit()),
    reads: { order: new ReadOrder(), postings: new PostingTagsMemory(clock) },
  };
}

/** Ms until a sending whose outcome isn't known may be looked up. */
export function settleMs({ configuration }: House): number {
  return configuration.current().settings.settleSeconds * SECOND_MS;
}

/** Lever writes within seconds or not at all, and a candidate's link should not be late. */
export function writeSettleMs(house: House): number {
  return Math.min(settleMs(house), MAX_WRITE_SETTLE_MS);
}
