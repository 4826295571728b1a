/** Notices that a delivery is rejected for its signature: the token may not be the webhook's any more. */
import type { Clock } from '../../domain/clock.js';
import type { Database } from '../../store/database/database.js';
import type { IntegrationStore } from '../../store/integration-store.js';

/** One write until a genuine delivery comes, however many forged ones do. */
export async function noteRefusedSignature({
  database,
  integration,
  clock,
}: {
  database: Database;
  integration: IntegrationStore;
  clock: Clock;
}): Promise<void> {
  if (integration.read().signatures_refused_at !== null) return;
  await database.write((tx) => {
    integration.noteSignaturesRefused(tx, clock.now());
  });
}
