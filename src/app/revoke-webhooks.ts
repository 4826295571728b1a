/** Deletes the webhooks that Lever's API made, by a key or login that the home itself has forgotten by then. */
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, AppError } from '../domain/errors.js';
import { apiKeyAuth, bearer, type LeverAuth } from '../lever/lever-auth.js';
import { LeverOAuth } from '../lever/oauth/lever-oauth.js';
import { WebhookMaker } from '../webhooks/webhook-maker.js';
import type { House } from './house.js';
import type { Configuration } from './live-configuration.js';
import { oauthEndpoints } from './login-settings.js';
import { findGrant, lifeOf, type Grant } from './stored-grant.js';
import { makeLeverWebhooks } from './vendors.js';

export interface RevokedWebhooks {
  deleted: number;
  /** Still at Lever, for all that is known; a person must delete them. */
  left: { event: string; url: string }[];
}

/** A Lever that can't be reached holds a revocation up no longer than this. */
const LIMIT_MS = 10_000;

/** To be called before the secrets are erased; what it returns is called afterwards, and never throws `ApiError`. */
export function prepareWebhookRevocation(house: House): () => Promise<RevokedWebhooks> {
  const lever = findLever(house);
  return async () => {
    const { webhooks } = house;
    const before = webhooks.listOpen().length;
    if (before > 0 && lever) await deleteAll(house, lever);
    const left = webhooks.listOpen().map(({ event, url }) => ({ event, url }));
    return { deleted: before - left.length, left };
  };
}

async function deleteAll(house: House, { configuration, auth }: Access): Promise<void> {
  const { database, webhooks: rows, integration, surroundings } = house;
  const signal = AbortSignal.timeout(LIMIT_MS);
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

interface Access {
  configuration: Configuration;
  auth: LeverAuth;
}

/** Undefined when nothing is stored by which Lever could be asked, or its key is lost. */
function findLever(house: House): Access | undefined {
  try {
    const configuration = house.configuration.current();
    const auth = findAuth(house, configuration);
    return auth && { configuration, auth };
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return undefined;
    throw error;
  }
}

function findAuth(house: House, configuration: Configuration): LeverAuth | undefined {
  const { settings, leverApiKey, leverClient } = configuration;
  if (settings.leverAuth === 'api_key') {
    return leverApiKey === null ? undefined : apiKeyAuth(leverApiKey);
  }
  const now = house.surroundings.clock.now();
  const grant = findGrant(house.secrets, now);
  if (!grant || leverClient === null) return undefined;
  const oauth = new LeverOAuth(oauthEndpoints(settings), leverClient, house.http);
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
