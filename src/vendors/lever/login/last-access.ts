/** The key or login by which Lever is asked once more after the home itself has forgotten it. */
import { AppError } from '../../../domain/errors.js';
import { apiKeyAuth, bearer, type LeverAuth } from '../api/lever-connection.js';
import { LeverOAuth } from './oauth-client.js';
import type { AppContext } from '../../../app/app-context.js';
import type { Configuration } from '../../../storage/settings/configuration.js';
import { oauthEndpoints } from './login-settings.js';
import { findGrant, lifeOf, type Grant } from './grant.js';

export interface LastAccess {
  configuration: Configuration;
  auth: LeverAuth;
}

/** A Lever that can't be reached holds a revocation up no longer than this. */
export const LAST_ACCESS_MS = 10_000;

/** To be called before the secrets are erased; undefined when none opens by which Lever could be asked. */
export function takeLastAccess(app: AppContext): LastAccess | undefined {
  try {
    const configuration = app.configuration.current();
    const auth = findAuth(app, configuration);
    return auth && { configuration, auth };
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return undefined;
    throw error;
  }
}

function findAuth(app: AppContext, configuration: Configuration): LeverAuth | undefined {
  const { settings, leverApiKey, leverClient } = configuration;
  if (settings.leverAuth === 'api_key') {
    return leverApiKey === null ? undefined : apiKeyAuth(leverApiKey);
  }
  const now = app.runtime.clock.now();
  const grant = findGrant(app.secrets, now);
  if (!grant || leverClient === null) return undefined;
  const oauth = new LeverOAuth(oauthEndpoints(settings), leverClient, app.http);
  return rememberedLogin(oauth, grant, lifeOf(grant, now) === 'over');
}

/** Renewed in memory alone: its successor is nobody's to keep. */
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
