/** Lever's webhooks as its API makes, lists and deletes them. A 403 means that the right is lacking, not that the key is refused. */
import { z } from 'zod';
import { ApiError } from '../../../domain/errors.js';
import type {
  ListedWebhook,
  MadeWebhook,
  Removal,
  WebhookEvent,
  WebhookLever,
} from '../../../domain/lever-ports.js';
import { isPlainId, isPlainLink, isPlainText } from '../../../domain/vendor-text.js';
import type { HttpClient } from '../../http/http-client.js';
import { leverHttp, type LeverConnection } from './lever-connection.js';
import { leverPages } from './lever-pages.js';
import { unwrap } from './lever-records.js';

const LIST = 'GET /webhooks';
const MAKE = 'POST /webhooks';
/** Made on Lever's page, or not this key's to delete. */
const REFUSED_STATUSES = [400, 403, 409];
const GONE_STATUS = 404;

const anId = z.string().refine(isPlainId);
const listed = z.object({
  id: anId,
  url: z.string().refine(isPlainLink),
  event: z.string().refine(isPlainText),
});
const made = z.object({
  id: anId,
  configuration: z.object({ signatureToken: z.string().refine(isPlainId) }),
});

export class LeverWebhooks implements WebhookLever {
  readonly #http: HttpClient;

  /** @throws AppError `configuration` for an address that can't be used. */
  constructor(connection: LeverConnection) {
    this.#http = leverHttp(connection);
  }

  async listWebhooks(): Promise<ListedWebhook[]> {
    const all: ListedWebhook[] = [];
    for await (const { records } of leverPages(this.#http, { route: LIST, path: '/webhooks' })) {
      all.push(...records.flatMap((record) => listed.safeParse(record).data ?? []));
    }
    return all;
  }

  async makeWebhook(url: string, event: WebhookEvent): Promise<MadeWebhook> {
    const { status, body } = await this.#http.request({
      route: MAKE,
      path: '/webhooks',
      json: { url, event },
    });
    // Lever's page shows two wrappers, its replies have one.
    const data = unwrap(body);
    const found = made.safeParse(data).data ?? made.safeParse(unwrap(data)).data;
    if (found) return { id: found.id, signingToken: found.configuration.signatureToken };
    const reason = 'no signing token in reply';
    throw new ApiError({ vendor: 'lever', kind: 'unknown_outcome', route: MAKE, status, reason });
  }

  async removeWebhook(id: string): Promise<Removal> {
    const { status } = await this.#http.request({
      route: 'DELETE /webhooks/:id',
      path: `/webhooks/${encodeURIComponent(id)}`,
      passStatuses: [...REFUSED_STATUSES, GONE_STATUS],
      isEmptyOk: true,
    });
    if (status === GONE_STATUS) return 'absent';
    return REFUSED_STATUSES.includes(status) ? 'refused' : 'removed';
  }
}
