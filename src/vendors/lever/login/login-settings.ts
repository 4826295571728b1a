/** What of the settings a login to Lever is made of. */
import type { Settings } from '../../../storage/settings/settings.js';
import { isLoopback } from '../../../domain/base-url.js';
import { AppError } from '../../../domain/errors.js';
import { LEVER_ENVIRONMENTS } from '../api/lever-addresses.js';
import type { OAuthEndpoints } from './oauth-client.js';
import { defaultScopes, parseScopes } from './scopes.js';

/** Where the browser comes back to after a login, below the public address or on this machine. */
export const CALLBACK_PATH = '/oauth/lever/callback';

/** Fixed, so that it can be among the callbacks of Lever's app. */
const LOOPBACK_PORT = 8738;

/** Where Lever is, and how it is asked. */
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
 * Where the browser comes back to: by setting, else the public address if it is https, else this machine. Lever must
 * have it among the app's callbacks, letter by letter. Throws `usage` for plain http that leaves the machine.
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
    `The login can’t come back to ${redirectUrl}: plain http is for this very machine only.`,
    'Give an https address or a loopback one: codesubmit-lever setup --redirect-url URL',
  );
}

/** Lever's production takes https callbacks only; its sandbox takes plain http on localhost too. */
export function isTakenByLever(redirectUri: string, { leverEnvironment }: Settings): boolean {
  return leverEnvironment !== 'production' || redirectUri.startsWith('https:');
}

/** Whether a running daemon is where the browser comes back to. */
export function isPublicCallback(redirectUri: string, { publicUrl }: Settings): boolean {
  return publicUrl !== null && redirectUri === `${publicUrl}${CALLBACK_PATH}`;
}

/** What is asked for. LEVER_SCOPES has the last word. */
export function scopesOf({ leverScopes }: Settings, isConfidentialWanted: boolean): string[] {
  return leverScopes === null ? defaultScopes(isConfidentialWanted) : parseScopes(leverScopes);
}
