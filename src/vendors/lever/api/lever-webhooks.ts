/**
 * Creates, lists and deletes webhooks through Lever's API. A 403 means that a permission is
 * missing, not that the key is rejected.
 */
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
import { leverHttp, leverPages, type LeverConnection } from './lever-connection.js';
import { unwrap } from './lever-records.js';

const LIST = 'GET /webhooks';
const MAKE = 'POST /webhooks';
/** Created on Lever's page, or this key may not delete it. */
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

  /** @throws AppError `configuration` for an invalid address. */
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
    // Lever's documentation shows two wrappers, its replies have one.
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
