/** Creates Lever's clients: each knows the address, authenticates, and shares the rate limit. */
import type { Settings } from '../../storage/settings/settings.js';
import type { HttpSettings } from '../http/http-client.js';
import { leverApiUrl } from './api/lever-addresses.js';
import { LeverClient } from './api/lever-client.js';
import type { LeverAuth, LeverConnection } from './api/lever-connection.js';
import type { SharedRate } from './api/shared-rate.js';
import { LeverPostings } from './api/lever-postings.js';
import { LeverWebhooks } from './api/lever-webhooks.js';

interface SharedLeverRate {
  leverRate: SharedRate;
}

function leverConnection(
  { leverRate }: SharedLeverRate,
  settings: Settings,
  auth: LeverAuth,
  http: HttpSettings,
): LeverConnection {
  const acquire = () => leverRate.acquire();
  return { baseUrl: leverApiUrl(settings), auth, acquire, http };
}

export function makeLeverClient(
  rate: SharedLeverRate,
  settings: Settings,
  auth: LeverAuth,
  http: HttpSettings,
): LeverClient {
  return new LeverClient({
    ...leverConnection(rate, settings, auth, http),
    performAs: settings.performAs,
    includeConfidential: settings.includeConfidential,
  });
}

export function makeLeverWebhooks(
  rate: SharedLeverRate,
  settings: Settings,
  auth: LeverAuth,
  http: HttpSettings,
): LeverWebhooks {
  return new LeverWebhooks(leverConnection(rate, settings, auth, http));
}

export function makeLeverPostings(
  rate: SharedLeverRate,
  settings: Settings,
  auth: LeverAuth,
  http: HttpSettings,
): LeverPostings {
  const { performAs } = settings;
  return new LeverPostings({ ...leverConnection(rate, settings, auth, http), performAs });
}
