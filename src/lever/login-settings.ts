/** The settings and scopes of a login to Lever. */
import type { Settings } from '../store/settings/settings.js';
import { isLoopback } from '../domain/base-url.js';
import { AppError } from '../domain/errors.js';
import { defaultScopes } from './rights.js';
import { LEVER_ENVIRONMENTS, leverAddressesOf } from '../store/settings/vendor-addresses.js';

/** Where the browser returns after a login, under the daemon's address. */
export const CALLBACK_PATH = '/oauth/lever/callback';

/** Where Lever is, and what to request. */
export type LeverPlace = ReturnType<typeof leverPlaceOf>;

export function leverPlaceOf(settings: Settings) {
  const { leverAudience, redirectUrl } = settings;
  return { ...leverAddressesOf(settings), leverAudience, redirectUrl };
}

export interface OAuthEndpoints {
  authorizeUrl: string;
  tokenUrl: string;
  /** Without the trailing slash, consent covers only `offline_access`: the token is useless. */
  audience: string;
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
 * Where the browser returns: the setting, else the public address. It must exactly match one of the app's callbacks in
 * Lever. Throws `usage` if there is none, and for plain http that leaves the machine.
 */
export function redirectUriOf({
  redirectUrl,
  publicUrl,
}: Pick<Settings, 'redirectUrl' | 'publicUrl'>): string {
  const uri = redirectUrl ?? (publicUrl === null ? null : `${publicUrl}${CALLBACK_PATH}`);
  if (uri === null) {
    throw new AppError(
      'usage',
      'There is no address that the login can return to.',
      'Give one of the client’s callbacks: codesubmit-lever setup --redirect-url URL',
    );
  }
  const url = new URL(uri);
  if (url.protocol === 'https:' || isLoopback(url)) return uri;
  throw new AppError(
    'usage',
    `The login can’t return to ${uri}: plain http works only for this machine.`,
    'Use an https or a loopback address: codesubmit-lever setup --redirect-url URL',
  );
}

/** Whether Lever accepts the callback: production only https, the sandbox also plain http on localhost. */
export function isCallbackAccepted(redirectUri: string, { leverEnvironment }: Settings): boolean {
  return leverEnvironment !== 'production' || redirectUri.startsWith('https:');
}

/** Whether the browser returns to the daemon's server: at the public address, or on this machine. */
export function returnsToDaemon(redirectUri: string, { publicUrl, port }: Settings): boolean {
  if (publicUrl !== null && redirectUri === `${publicUrl}${CALLBACK_PATH}`) return true;
  const url = new URL(redirectUri);
  return isLoopback(url) && url.port === String(port) && url.pathname === CALLBACK_PATH;
}

/** The scopes to request. LEVER_SCOPES overrides them. */
export function scopesOf({ leverScopes }: Settings, isConfidentialWanted: boolean): string[] {
  return leverScopes === null ? defaultScopes(isConfidentialWanted) : parseScopes(leverScopes);
}

/** The words of a scope list, separated by spaces or commas, each once. */
export function parseScopes(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))];
}
