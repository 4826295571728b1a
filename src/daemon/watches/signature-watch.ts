/** Notices that all deliveries are rejected for their signature: the token isn't the webhook's. */
import { MINUTE_MS, type Clock } from '../../domain/clock.js';
import type { Database } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';

/** Lever retries deliveries, so a wrong token soon shows. A single stray request proves nothing. */
const IN_A_ROW = 3;
/** While genuine deliveries come, the token is right, however many forged ones come too. */
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

  /** At most one write for many rejections, so forged requests keep no one busy. */
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
      integration.note(tx, { signatures_refused_at: now });
    });
  }
}
