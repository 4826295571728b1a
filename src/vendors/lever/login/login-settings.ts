/** The settings that a login to Lever is made of. */
import type { Settings } from '../../../storage/settings/settings.js';
import { isLoopback } from '../../../domain/base-url.js';
import { AppError } from '../../../domain/errors.js';
import { LEVER_ENVIRONMENTS } from '../api/lever-addresses.js';
import type { OAuthEndpoints } from './oauth-client.js';
import { defaultScopes, parseScopes } from './scopes.js';

/** Where the browser returns after a login, under the public address or on this machine. */
export const CALLBACK_PATH = '/oauth/lever/callback';

/** Fixed, so it can be registered as a callback of Lever's app. */
const LOOPBACK_PORT = 8738;

/** Where Lever is, and what to request. */
export type LeverPlace = Pick<
  Settings,
  | 'leverEnvironment'
  | 'leverApiUrl'
  | 'leverAuthorizeUrl'
  | 'leverTokenUrl'
  | 'leverAudience'
  | 'redirectUrl'
>;

export function placeOf(settings: Settings): LeverPlace {
  const { leverEnvironment, leverApiUrl, leverAuthorizeUrl } = settings;
  const { leverTokenUrl, leverAudience, redirectUrl } = settings;
  return {
    ...{ leverEnvironment, leverApiUrl, leverAuthorizeUrl },
    ...{ leverTokenUrl, leverAudience, redirectUrl },
  };
}

export function oauthEndpoints(place: LeverPlace): OAuthEndpoints {
  const usual = LEVER_ENVIRONMENTS[place.leverEnvironment];
  return {
    authorizeUrl: place.leverAuthorizeUrl ?? usual.authorize,
    tokenUrl: place.leverTokenUrl ?? usual.token,
    audience: place.leverAudience ?? usual.audience,
  };
}

/**
 * Where the browser returns: the setting, else the public address if it is https, else this
 * machine. It must exactly match one of the app's callbacks in Lever. Throws `usage` for plain http
 * that leaves the machine.
 */
export function redirectUriOf({ redirectUrl, publicUrl }: Settings): string {
  if (redirectUrl === null) {
    const isPublic = publicUrl?.startsWith('https:') === true;
    return `${isPublic ? publicUrl : `http://localhost:${String(LOOPBACK_PORT)}`}${CALLBACK_PATH}`;
  }
  const url = new URL(redirectUrl);
  if (url.protocol === 'https:' || isLoopback(url)) return redirectUrl;
  throw new AppError(
    'usage',
    `The login can’t return to ${redirectUrl}: plain http works only for this machine.`,
    'Use an https or a loopback address: codesubmit-lever setup --redirect-url URL',
  );
}

/** Production accepts https callbacks only; the sandbox also plain http on localhost. */
export function isTakenByLever(redirectUri: string, { leverEnvironment }: Settings): boolean {
  return leverEnvironment !== 'production' || redirectUri.startsWith('https:');
}

/** Whether the browser returns to a running daemon. */
export function isPublicCallback(redirectUri: string, { publicUrl }: Settings): boolean {
  return publicUrl !== null && redirectUri === `${publicUrl}${CALLBACK_PATH}`;
}

/** The scopes to request. LEVER_SCOPES overrides them. */
export function scopesOf({ leverScopes }: Settings, isConfidentialWanted: boolean): string[] {
  return leverScopes === null ? defaultScopes(isConfidentialWanted) : parseScopes(leverScopes);
}
