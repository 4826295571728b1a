/** Brings the webhooks created through Lever's API in line with the settings. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.js';
import { ApiError, AppError } from '../../domain/errors.js';
import type { WebhookEvent, ListedWebhook, WebhookLever } from '../../domain/lever-ports.js';
import type { Home } from '../../storage/home/home.js';
import { waitForLock } from '../../storage/database/file-lock.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import { webhookUrl } from '../../storage/settings/settings.js';
import type { WebhookStore } from '../../storage/state/webhook-store.js';
import { planWebhooks } from './plan-webhooks.js';
import type { Provisioning, WebhookProvisioner, WebhookResult } from './webhook-provisioner.js';

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

interface SyncWebhooksDeps {
  home: Home;
  configuration: LiveConfiguration;
  webhooks: WebhookStore;
  provisionerFor: (run: Provisioning) => WebhookProvisioner;
}

const LOCK_MS = 20_000;
const WAITS_MS = [1_000, 2_000, 4_000];

/** Undefined if there are none to change. Throws `conflict` and `revoked`. */
export async function syncWebhooks(
  deps: SyncWebhooksDeps,
  { isRenewal, onMaking }: KeepWebhooksOptions,
): Promise<WebhooksKept | undefined> {
  const url = addressByApi(deps.configuration);
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
    const run = { pause: (ms: number) => delay(ms), onMaking, waitsMs: WAITS_MS };
    const result = await deps.provisionerFor(run).keep({ url, isRenewal });
    return { kind: 'kept', ...result };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: error.kind === 'refused' ? 'refused' : 'failed', error };
  } finally {
    lock.release();
  }
}

/** Null if no webhook should be created through the API. */
function addressByApi(configuration: LiveConfiguration): string | null {
  const { settings } = configuration.current();
  return settings.webhookWay === 'api' ? webhookUrl(settings) : null;
}

// Compares the webhooks created through the API with what Lever has. Changes nothing.

export interface WebhookComparison {
  /** Events without a webhook of ours at today's address. */
  missing: WebhookEvent[];
  /** At today's address, with a signing token that we don't have. */
  strays: ListedWebhook[];
}

export interface CompareWebhooksDeps {
  configuration: LiveConfiguration;
  webhooks: WebhookStore;
  clock: Clock;
}

/** Undefined when none should be created through the API. Throws `ApiError`. */
export async function compareWebhooks(
  { configuration, webhooks, clock }: CompareWebhooksDeps,
  lever: Pick<WebhookLever, 'listWebhooks'>,
): Promise<WebhookComparison | undefined> {
  const url = addressByApi(configuration);
  if (url === null) return undefined;
  const listed = await lever.listWebhooks();
  const inUse = webhooks.listInUse();
  const situation = { url, listed, inUse, begun: webhooks.listBegun(), renewBefore: null };
  const { make, strays } = planWebhooks({ ...situation, now: clock.now() });
  return { missing: make, strays };
}
