// Lever's routes for webhooks created through the API.
import { badRequest, forbidden, notFound } from '../simulated-error.js';
import { pageOf } from './lever-page.js';
import { fieldOf, idOf, textIn, type LeverCall, type LeverRoute } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import { everyOrigin, webhookEvents, type Webhook, type WebhookEvent } from './webhook-records.js';

export const webhookRoutes: LeverRoute[] = [
  {
    method: 'GET',
    path: '/webhooks',
    right: 'webhooks:read',
    answer: ({ world, query }) => {
      const rows = [...world.webhooks.all.values()].filter((row) => isListed(world, row));
      return { body: pageOf(rows, query, (_row, index) => index, showWebhook) };
    },
  },
  {
    method: 'POST',
    path: '/webhooks',
    right: 'webhooks:write',
    performAs: 'none',
    answer: ({ world, body }) => {
      const input = { url: urlIn(body), event: eventIn(body), origins: originsIn(body) };
      const webhook = world.webhooks.add(input, 'api');
      const { signatureToken } = webhook;
      const shown = showWebhook(webhook);
      const data = { ...shown, configuration: { ...shown.configuration, signatureToken } };
      const isDouble = world.switches.webhookReplyWrappers === 2;
      return { status: 201, body: isDouble ? { data: { data } } : { data } };
    },
  },
  {
    method: 'PUT',
    path: '/webhooks',
    right: 'webhooks:write',
    performAs: 'none',
    answer: (call) => {
      const changes = fieldOf(call.body, 'data');
      if (!Array.isArray(changes)) throw badRequest('"data" must be an array');
      return { body: { data: changes.map((change) => showWebhook(changed(call, change))) } };
    },
  },
  {
    method: 'DELETE',
    path: '/webhooks/:id',
    right: 'webhooks:write',
    performAs: 'none',
    answer: (call) => {
      madeByApi(call, idOf(call));
      call.world.webhooks.remove(idOf(call));
      return { status: 204 };
    },
  },
];

function isListed({ switches, now }: LeverWorld, { madeBy, createdAt }: Webhook): boolean {
  if (switches.webhookList === 'api-only' && madeBy === 'page') return false;
  return now() - createdAt >= switches.webhookListLagMs;
}

/** Never with the signature token: Lever returns it once, when the webhook is created. */
function showWebhook({ id, event, url, origins, createdAt }: Webhook) {
  return { id, event, url, configuration: { conditions: { origins } }, createdAt };
}

function changed(call: LeverCall, change: unknown): Webhook {
  const webhook = madeByApi(call, textIn(change, 'id'));
  if (fieldOf(change, 'url') !== undefined) webhook.url = urlIn(change);
  if (fieldOf(change, 'event') !== undefined) webhook.event = eventIn(change);
  if (fieldOf(change, 'configuration') !== undefined) webhook.origins = originsIn(change);
  return webhook;
}

/** Webhooks created on the settings page can't be changed through the API [D]. */
function madeByApi({ world }: LeverCall, id: string): Webhook {
  const webhook = world.webhooks.get(id);
  if (webhook.madeBy === 'api') return webhook;
  if (world.switches.pageWebhookRefusal === 404) throw notFound(`webhook ${id}`);
  throw forbidden('This webhook was created on the settings page');
}

function urlIn(body: unknown): string {
  const url = textIn(body, 'url');
  if (!URL.canParse(url)) throw badRequest('"url" must be a URL');
  return url;
}

function eventIn(body: unknown): WebhookEvent {
  const event = textIn(body, 'event');
  const known = webhookEvents.find((name) => name === event);
  if (!known) throw badRequest(`there is no event "${event}"`);
  return known;
}

function originsIn(body: unknown): string[] {
  const conditions = fieldOf(fieldOf(body, 'configuration'), 'conditions');
  const origins: unknown = fieldOf(conditions, 'origins') ?? everyOrigin;
  const known = everyOrigin.filter((name) => Array.isArray(origins) && origins.includes(name));
  const isKnown = Array.isArray(origins) && known.length === new Set(origins).size;
  if (!isKnown) throw badRequest('"origins" must name known origins');
  return known;
}
