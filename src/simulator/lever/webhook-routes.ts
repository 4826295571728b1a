// Lever's list of webhooks. They are made on the settings page.
import { pageOf } from './lever-page.js';
import type { LeverRoute } from './lever-route.js';
import type { Webhook } from './webhook-records.js';

export const webhookRoutes: LeverRoute[] = [
  {
    method: 'GET',
    path: '/webhooks',
    right: 'webhooks:read',
    answer: ({ world, query }) => {
      const rows = [...world.webhooks.all.values()];
      return { body: pageOf(rows, query, (_row, index) => index, showWebhook) };
    },
  },
];

/** Never with the signature token. */
function showWebhook({ id, event, url, origins, createdAt }: Webhook) {
  return { id, event, url, configuration: { conditions: { origins } }, createdAt };
}
