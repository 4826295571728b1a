/** Keeps the webhooks that Lever's API makes as the settings want them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppContext } from '../../app/app-context.js';
import { ApiError, AppError } from '../../domain/errors.js';
import type { WebhookEvent, ListedWebhook, WebhookLever } from '../../domain/lever-ports.js';
import { waitForLock } from '../../storage/database/file-lock.js';
import { webhookUrl } from '../../storage/settings/settings.js';
import { Vendors } from '../../vendors/vendor-clients.js';
import { planWebhooks } from './plan-webhooks.js';
import { WebhookProvisioner, type WebhookResult } from './webhook-provisioner.js';

export type WebhooksKept =
  | ({ kind: 'kept' } & WebhookResult)
  /** Lever said no, to the key or to the webhook; the rest works without. */
  | { kind: 'refused'; error: ApiError }
  /** Lever could not be asked, or did not answer: another run goes on from there. */
  | { kind: 'failed'; error: ApiError };

export interface KeepWebhooksOptions {
  /** New ones in place of good ones. */
  isRenewal: boolean;
  onMaking: (event: WebhookEvent) => void;
}

const LOCK_MS = 20_000;
const WAITS_MS = [1_000, 2_000, 4_000];

/** Undefined when none are wanted and none were made. Throws `conflict` while another process makes some, and `revoked`. */
export async function syncWebhooks(
  app: AppContext,
  { isRenewal, onMaking }: KeepWebhooksOptions,
): Promise<WebhooksKept | undefined> {
  const { settings } = app.configuration.current();
  const url = settings.webhookWay === 'api' ? webhookUrl(settings) : null;
  if (url === null && app.webhooks.listOpen().length === 0) return undefined;
  const lock = await waitForLock(app.home.webhooksLock, LOCK_MS);
  if (!lock) {
    throw new AppError(
      'conflict',
      'Another process is making the webhooks.',
      'Wait for its end, then run the same command again.',
    );
  }
  try {
    const result = await makerOf(app, onMaking).keep({ url, isRenewal });
    return { kind: 'kept', ...result };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: error.kind === 'refused' ? 'refused' : 'failed', error };
  } finally {
    lock.release();
  }
}

function makerOf(app: AppContext, onMaking: (event: WebhookEvent) => void): WebhookProvisioner {
  const { database, webhooks: rows, integration, runtime } = app;
  const lever = new Vendors(app, app.http).leverWebhooks();
  const pause = (ms: number) => delay(ms);
  return new WebhookProvisioner({
    ...{ database, rows, integration, clock: runtime.clock, lever, pause, onMaking },
    waitsMs: WAITS_MS,
  });
}

/** Compares the webhooks that were made by API with what Lever has, and changes nothing. */
export interface WebhookComparison {
  /** For which none of ours is at today's address. */
  missing: WebhookEvent[];
  /** At today's address, with a signing token that nobody has. */
  strays: ListedWebhook[];
}

/** Undefined when none are to be made by API. Throws `ApiError`. */
export async function compareWebhooks(
  { configuration, webhooks, runtime }: AppContext,
  lever: Pick<WebhookLever, 'listWebhooks'>,
): Promise<WebhookComparison | undefined> {
  const { settings } = configuration.current();
  const url = settings.webhookWay === 'api' ? webhookUrl(settings) : null;
  if (url === null) return undefined;
  const listed = await lever.listWebhooks();
  const inUse = webhooks.listInUse();
  const situation = { url, listed, inUse, begun: webhooks.listBegun(), renewBefore: null };
  const { make, strays } = planWebhooks({ ...situation, now: runtime.clock.now() });
  return { missing: make, strays };
}
