/** Brings the webhooks created through Lever's API in line with the settings. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.js';
import { ApiError, AppError } from '../../domain/errors.js';
import type { WebhookEvent, ListedWebhook, WebhookLever } from '../../domain/lever-ports.js';
import type { Database } from '../../storage/database/database.js';
import type { Home } from '../../storage/home/home.js';
import { waitForLock } from '../../storage/database/file-lock.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import { webhookUrl } from '../../storage/settings/settings.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { WebhookStore } from '../../storage/state/webhook-store.js';
import type { Vendors } from '../../vendors/vendor-clients.js';
import { planWebhooks } from './plan-webhooks.js';
import { WebhookProvisioner, type WebhookResult } from './webhook-provisioner.js';

export type WebhooksKept =
  | ({ kind: 'kept' } & WebhookResult)
  /** Lever said no, to the key or to the webhook; the rest works without. */
  | { kind: 'refused'; error: ApiError }
  /** Lever could not be asked, or did not answer: another run continues. */
  | { kind: 'failed'; error: ApiError };

export interface KeepWebhooksOptions {
  /** Replaces good ones too. */
  isRenewal: boolean;
  onMaking: (event: WebhookEvent) => void;
}

export interface SyncWebhooksDeps extends CompareWebhooksDeps {
  database: Database;
  home: Home;
  vendors: Vendors;
  integration: IntegrationStore;
}

const LOCK_MS = 20_000;
const WAITS_MS = [1_000, 2_000, 4_000];

/** Undefined if there are none to change. Throws `conflict` and `revoked`. */
export async function syncWebhooks(
  deps: SyncWebhooksDeps,
  { isRenewal, onMaking }: KeepWebhooksOptions,
): Promise<WebhooksKept | undefined> {
  const { settings } = deps.configuration.current();
  const url = settings.webhookWay === 'api' ? webhookUrl(settings) : null;
  if (url === null && deps.webhooks.listOpen().length === 0) return undefined;
  const lock = await waitForLock(deps.home.webhooksLock, LOCK_MS);
  if (!lock) {
    throw new AppError(
      'conflict',
      'Another process is creating the webhooks.',
      'Wait until it ends, then run the same command again.',
    );
  }
  try {
    const result = await makerOf(deps, onMaking).keep({ url, isRenewal });
    return { kind: 'kept', ...result };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: error.kind === 'refused' ? 'refused' : 'failed', error };
  } finally {
    lock.release();
  }
}

function makerOf(
  deps: SyncWebhooksDeps,
  onMaking: (event: WebhookEvent) => void,
): WebhookProvisioner {
  const { database, webhooks: rows, integration, clock } = deps;
  const lever = deps.vendors.leverWebhooks();
  const pause = (ms: number) => delay(ms);
  const run = { pause, onMaking, waitsMs: WAITS_MS };
  return new WebhookProvisioner({ database, rows, integration, clock }, lever, run);
}

// Compares the webhooks created through the API with what Lever has. Changes nothing.

export interface WebhookComparison {
  /** Events without a webhook of ours at today's address. */
  missing: WebhookEvent[];
  /** At today's address, with a signing token that we don't have. */
  strays: ListedWebhook[];
}

interface CompareWebhooksDeps {
  configuration: LiveConfiguration;
  webhooks: WebhookStore;
  clock: Clock;
}

/** Undefined when none should be created through the API. Throws `ApiError`. */
export async function compareWebhooks(
  { configuration, webhooks, clock }: CompareWebhooksDeps,
  lever: Pick<WebhookLever, 'listWebhooks'>,
): Promise<WebhookComparison | undefined> {
  const { settings } = configuration.current();
  const url = settings.webhookWay === 'api' ? webhookUrl(settings) : null;
  if (url === null) return undefined;
  const listed = await lever.listWebhooks();
  const inUse = webhooks.listInUse();
  const situation = { url, listed, inUse, begun: webhooks.listBegun(), renewBefore: null };
  const { make, strays } = planWebhooks({ ...situation, now: clock.now() });
  return { missing: make, strays };
}
