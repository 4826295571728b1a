/** What keeping webhooks needs of Lever. */
import type { WebhookEvent } from '../domain/webhook-event.js';

/** As Lever's list shows it: never with its signing token. */
export interface ListedWebhook {
  id: string;
  url: string;
  event: string;
}

export interface MadeWebhook {
  id: string;
  /** Given in this reply only. */
  signingToken: string;
}

/**
 * - `removed`: it was there.
 * - `absent`: gone already, or made on Lever's page.
 * - `refused`: made on Lever's page, or the right is lacking.
 */
export type Removal = 'removed' | 'absent' | 'refused';

export interface WebhookLever {
  /** Throws `ApiError`; `refused` with status 403 when the key or login lacks the right. */
  listWebhooks(): Promise<ListedWebhook[]>;
  /** Throws `ApiError`; `unknown_outcome` also for a reply without id or token. */
  makeWebhook(url: string, event: WebhookEvent): Promise<MadeWebhook>;
  /** Throws `ApiError`. */
  removeWebhook(id: string): Promise<Removal>;
}
