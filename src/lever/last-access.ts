/** The key or login for a last call to Lever, after the data directory has erased it. */
import { AppError } from '../domain/errors.js';
import { accessTokenAuth, apiKeyAuth, type LeverAuth } from './lever-connection.js';
import type { Clock } from '../domain/clock.js';
import type { Configuration, LiveConfiguration } from '../store/settings/configuration.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import { findGrant, lifeOf } from './grant.js';

export interface LastAccess {
  configuration: Configuration;
  auth: LeverAuth;
}

/** The open data directory. */
interface EndingApp {
  configuration: LiveConfiguration;
  secrets: SecretStore;
  clock: Clock;
}

/** An unreachable Lever delays `revoke` no longer than this. */
export const LAST_ACCESS_MS = 10_000;

/** Call it before the secrets are erased; undefined when none is usable. */
export function takeLastAccess(app: EndingApp): LastAccess | undefined {
  try {
    const configuration = app.configuration.current();
    const auth = findAuth(app, configuration);
    return auth && { configuration, auth };
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return undefined;
    throw error;
  }
}

/** A login isn't renewed any more: the new tokens could not be stored. */
function findAuth(
  { secrets, clock }: EndingApp,
  { settings, leverApiKey }: Configuration,
): LeverAuth | undefined {
  if (settings.leverAuth === 'api_key') {
    return leverApiKey === null ? undefined : apiKeyAuth(leverApiKey);
  }
  const grant = findGrant(secrets, clock.now(), settings);
  if (!grant || lifeOf(grant, clock.now()) === 'over') return undefined;
  return accessTokenAuth(grant.accessToken);
}
