/**
 * What the daemon's loops share: the vendors and their pauses, recent reads, and the way to wake
 * each other.
 */
import { MINUTE_MS, SECOND_MS, type Timers } from '../../domain/clock.js';
import { makeListReader, type Pipeline } from '../../pipeline/create-pipeline.js';
import { SharedReads } from '../../pipeline/inbox/read-memory.js';
import type { SentListReader } from '../../pipeline/invitations/sent-list-reader.js';
import { VendorAvailability } from '../../pipeline/vendor-availability.js';
import type { Home } from '../../storage/home/home.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { Vendors } from '../../vendors/vendor-clients.js';

const MAX_WRITE_SETTLE_MS = 5_000;

/** How often a vendor that rejects us is tried again. */
export const TRY_REJECTED_MS = 5 * MINUTE_MS;

/** The loops that other loops create work for. */
export type WakeableLoop = 'looks' | 'sends' | 'writes';

export interface LoopRuntime {
  /** How often each loop looks for due work when nothing wakes it. */
  pollMs: number;
  timers: Timers;
  /** Cancels running vendor calls. */
  signal: AbortSignal;
  isDraining: () => boolean;
  wake: (loop: WakeableLoop) => void;
}

export interface LoopContext extends LoopRuntime {
  pipeline: Pipeline;
  configuration: LiveConfiguration;
  home: Home;
  vendors: Vendors;
  leverAvailability: VendorAvailability;
  codesubmitAvailability: VendorAvailability;
  /** CodeSubmit's list. */
  list: SentListReader;
  reads: SharedReads;
}

export function createLoopContext(
  deps: Pipeline & { configuration: LiveConfiguration; home: Home; vendors: Vendors },
  runtime: LoopRuntime,
): LoopContext {
  const { configuration, home } = deps;
  const vendors = deps.vendors.with({ signal: runtime.signal });
  return {
    ...runtime,
    ...{ pipeline: deps, configuration, home, vendors },
    leverAvailability: new VendorAvailability('lever', deps),
    codesubmitAvailability: new VendorAvailability('codesubmit', deps),
    list: makeListReader(deps, () => vendors.codesubmit()),
    reads: new SharedReads(deps.clock),
  };
}

/** Ms until a send with an unknown outcome may be looked up. */
export function settleMs({ configuration }: { configuration: LiveConfiguration }): number {
  return configuration.current().settings.settleSeconds * SECOND_MS;
}

/** Lever writes within seconds or not at all, and a candidate's link should not be late. */
export function writeSettleMs(deps: { configuration: LiveConfiguration }): number {
  return Math.min(settleMs(deps), MAX_WRITE_SETTLE_MS);
}
