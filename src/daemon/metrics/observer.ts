/** What metrics count. Each method is called after the fact, once it is on disk; none throws or waits. */
import type { Decision } from '../../domain/decision.js';
import type { Vendor } from '../../domain/errors.js';
import type { Exchange } from '../../vendors/http/http-client.js';
import type { Accepted } from '../../pipeline/receive/delivery-store.js';

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
