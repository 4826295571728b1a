/** Notices that one delivery after the other is refused for its signature: the stored token is not the webhook's. */
import { MINUTE_MS, type Clock } from '../../domain/clock.js';
import type { Database } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';

/** Lever tries a delivery again, so that one wrong token soon shows; a single stray request shows nothing. */
const IN_A_ROW = 3;
/** While genuine ones come, the token is right, however many are forged between them. */
const QUIET_MS = 15 * MINUTE_MS;

interface SignatureWatchDeps {
  database: Database;
  integration: IntegrationStore;
  clock: Clock;
}

export class SignatureWatch {
  #refused = 0;
  #lastDeliveryAt: number | null = null;

  constructor(private readonly deps: SignatureWatchDeps) {}

  /** At most one write for many refusals: whoever forges requests makes nobody busy. */
  async noteRefused(): Promise<void> {
    const { database, integration, clock } = this.deps;
    const now = clock.now();
    const { last_delivery_at: lastDeliveryAt, signatures_refused_at: since } = integration.read();
    if (lastDeliveryAt !== this.#lastDeliveryAt) this.#refused = 0;
    this.#lastDeliveryAt = lastDeliveryAt;
    if (lastDeliveryAt !== null && now - lastDeliveryAt < QUIET_MS) return;
    this.#refused += 1;
    if (this.#refused < IN_A_ROW || since !== null) return;
    await database.write((tx) => {
      integration.noteSignaturesRefused(tx, now);
    });
  }
}
