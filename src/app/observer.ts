/** Told of what was done once it is done, and on disk where it goes there: what metrics count. It neither throws nor waits. */
import type { Decision } from '../domain/decision.js';
import type { Vendor } from '../domain/errors.js';
import type { Exchange } from '../http-client/http-settings.js';
import type { Accepted } from '../inbox/delivery-rows.js';

export interface Observer {
  /** A delivery was kept and answered. */
  onAccepted(accepted: Accepted): void;
  /** A request to the webhook's address was answered with this status, and nothing was kept. */
  onTurnedAway(status: number): void;
  /** A decision that differs from the last one about the same opportunity. */
  onDecided(decision: Decision): void;
  onExchange(exchange: Exchange): void;
  /** A call had to wait so long for the rate that the vendor allows. */
  onRateWait(vendor: Vendor, waitMs: number): void;
}

const nothing = (): void => undefined;
export const NO_OBSERVER: Observer = {
  onAccepted: nothing,
  onTurnedAway: nothing,
  onDecided: nothing,
  onExchange: nothing,
  onRateWait: nothing,
};
