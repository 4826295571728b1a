/** Compares the webhooks that were made by API with what Lever has, and changes nothing. */
import { webhookUrl } from '../config/settings.js';
import type { ListedWebhook, WebhookEvent, WebhookLever } from '../domain/lever-ports.js';
import { planWebhooks } from '../webhooks/plan-webhooks.js';
import type { House } from './house.js';

export interface WebhookComparison {
  /** For which none of ours is at today's address. */
  missing: WebhookEvent[];
  /** At today's address, with a signing token that nobody has. */
  strays: ListedWebhook[];
}

/** Undefined when none are to be made by API. Throws `ApiError`. */
export async function compareWebhooks(
  { configuration, webhooks, surroundings }: House,
  lever: Pick<WebhookLever, 'listWebhooks'>,
): Promise<WebhookComparison | undefined> {
  const { settings } = configuration.current();
  const url = settings.webhookWay === 'api' ? webhookUrl(settings) : null;
  if (url === null) return undefined;
  const listed = await lever.listWebhooks();
  const inUse = webhooks.listInUse();
  const situation = { url, listed, inUse, begun: webhooks.listBegun(), renewBefore: null };
  const { make, strays } = planWebhooks({ ...situation, now: surroundings.clock.now() });
  return { missing: make, strays };
}
