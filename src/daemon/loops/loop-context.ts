/** What the daemon's loops share: the vendors and their pauses, what was read last, and the way to wake one another. */
import type { AppContext } from '../../app/app-context.js';
import { SECOND_MS } from '../../domain/clock.js';
import { makeListReader } from '../../pipeline/create-pipeline.js';
import { PostingTagsCache, type SharedReads, ReadOrder } from '../../pipeline/inbox/read-memory.js';
import type { SentListReader } from '../../pipeline/invitations/sent-list-reader.js';
import { VendorBackoff } from '../../pipeline/vendor-availability.js';
import { Vendors } from '../../vendors/vendor-clients.js';

const MAX_WRITE_SETTLE_MS = 5_000;

/** The loops that another one finds work for. */
export type WakeableLoop = 'looks' | 'sends' | 'writes';

export interface LoopRuntime {
  /** How often each loop looks for due work when nothing wakes it. */
  pollMs: number;
  /** Ends what is under way with a vendor. */
  signal: AbortSignal;
  isDraining: () => boolean;
  wake: (loop: WakeableLoop) => void;
}

export interface LoopContext extends LoopRuntime {
  app: AppContext;
  vendors: Vendors;
  leverPause: VendorBackoff;
  codesubmitPause: VendorBackoff;
  /** CodeSubmit's list. */
  list: SentListReader;
  reads: SharedReads;
}

export function createLoopContext(app: AppContext, runtime: LoopRuntime): LoopContext {
  const { clock, random } = app.runtime;
  const vendors = new Vendors(app, { ...app.http, signal: runtime.signal });
  return {
    ...runtime,
    ...{ app, vendors },
    leverPause: new VendorBackoff(clock, random),
    codesubmitPause: new VendorBackoff(clock, random),
    list: makeListReader(app, () => vendors.codesubmit()),
    reads: { order: new ReadOrder(), postings: new PostingTagsCache(clock) },
  };
}

/** Ms until a sending whose outcome isn't known may be looked up. */
export function settleMs({ configuration }: AppContext): number {
  return configuration.current().settings.settleSeconds * SECOND_MS;
}

/** Lever writes within seconds or not at all, and a candidate's link should not be late. */
export function writeSettleMs(app: AppContext): number {
  return Math.min(settleMs(app), MAX_WRITE_SETTLE_MS);
}
