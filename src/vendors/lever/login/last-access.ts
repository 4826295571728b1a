/** The key or login for a last call to Lever, after the data directory has erased it. */
import { AppError } from '../../../domain/errors.js';
import { apiKeyAuth, bearer, type LeverAuth } from '../api/lever-connection.js';
import { LeverOAuth } from './oauth-client.js';
import type { Clock } from '../../../domain/clock.js';
import type { Configuration, LiveConfiguration } from '../../../storage/settings/configuration.js';
import type { SecretStore } from '../../../storage/settings/secret-store.js';
import type { ClientFactory } from '../../client-factory.js';
import { oauthEndpoints } from './login-settings.js';
import { findGrant, lifeOf, type Grant } from './grant.js';

export interface LastAccess {
  configuration: Configuration;
  auth: LeverAuth;
}

interface LastAccessDeps {
  configuration: LiveConfiguration;
  secrets: SecretStore;
  clients: ClientFactory;
  clock: Clock;
}

/** An unreachable Lever delays `revoke` no longer than this. */
export const LAST_ACCESS_MS = 10_000;

/** Call it before the secrets are erased; undefined when none can be decrypted. */
export function takeLastAccess(deps: LastAccessDeps): LastAccess | undefined {
  try {
    const configuration = deps.configuration.current();
    const auth = findAuth(deps, configuration);
    return auth && { configuration, auth };
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return undefined;
    throw error;
  }
}

function findAuth(
  { secrets, clients, clock }: LastAccessDeps,
  configuration: Configuration,
): LeverAuth | undefined {
  const { settings, leverApiKey, leverClient } = configuration;
  if (settings.leverAuth === 'api_key') {
    return leverApiKey === null ? undefined : apiKeyAuth(leverApiKey);
  }
  const now = clock.now();
  const grant = findGrant(secrets, now, settings);
  if (!grant || leverClient === null) return undefined;
  const oauth = new LeverOAuth(oauthEndpoints(settings), leverClient, clients.http);
  return rememberedLogin(oauth, grant, lifeOf(grant, now) === 'over');
}

/** Renewed in memory only, because the new tokens must not be stored. */
function rememberedLogin(oauth: LeverOAuth, grant: Grant, isOver: boolean): LeverAuth {
  let renewal: Promise<string> | undefined;
  const renew = (): Promise<string> => {
    renewal ??= oauth.refresh(grant.refreshToken).then(({ accessToken }) => bearer(accessToken));
    return renewal;
  };
  return {
    authorization: () =>
      isOver ? renew() : (renewal ?? Promise.resolve(bearer(grant.accessToken))),
    renew: async (refused) => {
      const renewed = await renew();
      return renewed === refused ? null : renewed;
    },
  };
}
