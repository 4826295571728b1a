/** Deletes the webhooks that Lever's API made, once the integration is revoked. */
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../domain/errors.js';
import { WebhookMaker } from '../webhooks/webhook-maker.js';
import type { House } from './house.js';
import { LAST_ACCESS_MS, type LastAccess } from './last-access.js';
import { makeLeverWebhooks } from './create-lever-client.js';

export interface RevokedWebhooks {
  deleted: number;
  /** Still at Lever, for all that is known; a person must delete them. */
  left: { event: string; url: string }[];
}

/** Never throws `ApiError`. */
export async function revokeWebhooks(
  house: House,
  access: LastAccess | undefined,
): Promise<RevokedWebhooks> {
  const { webhooks } = house;
  const before = webhooks.listOpen().length;
  if (before > 0 && access) await deleteAll(house, access);
  const left = webhooks.listOpen().map(({ event, url }) => ({ event, url }));
  return { deleted: before - left.length, left };
}

async function deleteAll(house: House, { configuration, auth }: LastAccess): Promise<void> {
  const { database, webhooks: rows, integration, surroundings } = house;
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const http = { ...house.http, signal };
  const lever = makeLeverWebhooks(house, configuration.settings, auth, http);
  const maker = new WebhookMaker({
    ...{ database, rows, integration, clock: surroundings.clock, lever },
    pause: (ms) => delay(ms, undefined, { signal }),
    waitsMs: [500],
    onMaking: () => undefined,
  });
  try {
    await maker.keep({ url: null, isRenewal: false });
  } catch (error) {
    if (!(error instanceof ApiError) && !signal.aborted) throw error;
  }
}
