/**
 * The events that metrics count. Each method is called once the event is on disk; none throws or
 * waits.
 */
import type { Decision } from '../../domain/decision.js';
import type { Vendor } from '../../domain/errors.js';
import type { Exchange } from '../../vendors/http/http-client.js';
import type { Accepted } from '../../pipeline/receive/delivery-store.js';

export interface Observer {
  /** A delivery was stored and answered. */
  onAccepted(accepted: Accepted): void;
  /** A request to the webhook endpoint got this status, and nothing was stored. */
  onTurnedAway(status: number): void;
  /** A decision that differs from the previous one for the same opportunity. */
  onDecided(decision: Decision): void;
  onExchange(exchange: Exchange): void;
  /** A call had to wait this long for the vendor's rate limit. */
  onRateWait(vendor: Vendor, waitMs: number): void;
}
