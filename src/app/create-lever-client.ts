/** Creates Lever's clients: each knows the address, proves who we are, and keeps to the shared rate limit. */
import type { Settings } from '../config/settings.js';
import type { HttpSettings } from '../http-client/http-settings.js';
import type { SharedRate } from '../integration/shared-rate.js';
import type { LeverAuth } from '../lever/lever-auth.js';
import { LeverClient } from '../lever/lever-client.js';
import type { LeverConnection } from '../lever/lever-http.js';
import { LeverPostings } from '../lever/lever-postings.js';
import { LeverWebhooks } from '../lever/lever-webhooks.js';
import { leverApiUrl } from './lever-addresses.js';

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
