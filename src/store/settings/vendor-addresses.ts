/**
 * Addresses: the vendors’ own, those in force, where each secret may be sent, which may be called at all, and where the
 * daemon reports to.
 */
import { AppError } from '../../domain/errors.js';
import { isLoopback, withoutTrailingSlashes } from '../../domain/vendor-text.js';
import type { GivenSecret } from './configuration.js';
import { SETTINGS, type Settings } from './settings.js';

/** Lever's two environments, with their documented addresses. */
export const LEVER_ENVIRONMENTS = {
  production: {
    /** Base URL of the Data API, without trailing slash. */
    api: 'https://api.lever.co/v1',
    authorize: 'https://auth.lever.co/authorize',
    token: 'https://auth.lever.co/oauth/token',
    /** Without the trailing slash, consent covers only `offline_access`: the token is useless. */
    audience: 'https://api.lever.co/v1/',
    /** Origin of the pages that people use. */
    app: 'https://hire.lever.co',
  },
  sandbox: {
    api: 'https://api.sandbox.lever.co/v1',
    authorize: 'https://sandbox-lever.auth0.com/authorize',
    token: 'https://sandbox-lever.auth0.com/oauth/token',
    audience: 'https://api.sandbox.lever.co/v1/',
    app: 'https://hire.sandbox.lever.co',
  },
} as const;

export const CODESUBMIT_API_URL = 'https://app.codesubmit.io';

/** The settings that say where the vendors are; null for the vendor's own address. */
const ADDRESSES = ['leverApiUrl', 'leverAuthorizeUrl', 'leverTokenUrl', 'codesubmitUrl'] as const;

type AddressName = (typeof ADDRESSES)[number];

export type Addresses = Pick<Settings, 'leverEnvironment' | AddressName>;

/** The settings that say where Lever is. */
export function leverAddressesOf(settings: Addresses): Omit<Addresses, 'codesubmitUrl'> {
  const { leverEnvironment, leverApiUrl, leverAuthorizeUrl, leverTokenUrl } = settings;
  return { leverEnvironment, leverApiUrl, leverAuthorizeUrl, leverTokenUrl };
}

/** The addresses in force that are not the vendor's own, each with the variable that sets it. */
export function foreignAddresses(addresses: Addresses): { variable: string; url: string }[] {
  const own = ownUrls(addresses.leverEnvironment);
  return ADDRESSES.flatMap((name) => {
    const url = addresses[name] ?? own[name];
    // Each of these settings has a variable.
    return url === own[name] ? [] : [{ variable: SETTINGS[name].env ?? '', url }];
  });
}

/** The vendors' own addresses. */
function ownUrls(environment: Settings['leverEnvironment']): Record<AddressName, string> {
  const { api, authorize, token } = LEVER_ENVIRONMENTS[environment];
  return {
    leverApiUrl: api,
    leverAuthorizeUrl: authorize,
    leverTokenUrl: token,
    codesubmitUrl: CODESUBMIT_API_URL,
  };
}

/** The addresses in force: those of the settings, else the vendors' own. */
function urlsOf(addresses: Addresses): Record<AddressName, string> {
  const own = ownUrls(addresses.leverEnvironment);
  const urls = ADDRESSES.map((name) => [name, addresses[name] ?? own[name]]);
  return Object.fromEntries(urls) as Record<AddressName, string>;
}

/** The base URL of Lever's API, with `/v1`. */
export function leverApiUrl(addresses: Addresses): string {
  return urlsOf(addresses).leverApiUrl;
}

/** `lever_grant`: the tokens of a login, as JSON. */
export type SecretName = GivenSecret | 'lever_grant';

const OF_LOGIN = ['leverApiUrl', 'leverTokenUrl', 'leverAuthorizeUrl'] as const;

/** To which addresses each secret may be sent. Others are sent nowhere, or are themselves addresses. */
const SENT_TO: Partial<Record<SecretName, readonly AddressName[]>> = {
  lever_api_key: ['leverApiUrl'],
  lever_client_secret: OF_LOGIN,
  lever_grant: OF_LOGIN,
  codesubmit_api_key: ['codesubmitUrl'],
};

/** The origins that a secret is bound to, and may be sent to. Empty if it is sent nowhere, or is itself an address. */
export function destinationOf(name: SecretName, addresses: Addresses): string {
  const urls = urlsOf(addresses);
  const origins = SENT_TO[name]?.map((address) => originOf(urls[address]));
  return [...new Set(origins)].join(' and ');
}

/** The origin of an address. A malformed one is returned as it is: the call to it fails, and reports that. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** The host of CodeSubmit that this machine must reach, with a port if it isn't the usual one. */
export function codesubmitHost(settings: Settings): string {
  return new URL(urlsOf(settings).codesubmitUrl).host;
}

/** Origin of the pages that an admin opens. Only the simulator, a Lever by plain http, has its own. */
export function leverAppUrl({ leverApiUrl: url, leverEnvironment }: Settings): string {
  if (url?.startsWith('http:') === true) return new URL(url).origin;
  return LEVER_ENVIRONMENTS[leverEnvironment].app;
}

/** The candidate's page: from Lever's record, or else built from the id. */
export function opportunityUrl(settings: Settings, id: string, recorded: string | null): string {
  const own = `${leverAppUrl(settings)}/candidates/${encodeURIComponent(id)}`;
  return leverPage(settings, recorded) ?? own;
}

/** The address in Lever's record, if it leads to Lever or the simulator; null for any other: people click on it. */
export function leverPage({ leverApiUrl: api }: Settings, recorded: string | null): string | null {
  const url = recorded !== null && URL.canParse(recorded) ? new URL(recorded) : null;
  if (url === null || url.username !== '' || url.password !== '') return null;
  const isLevers = url.protocol === 'https:' && /(?:^|\.)lever\.co$/.test(url.hostname);
  const isSimulated =
    isLoopback(url) && api !== null && isLoopback(new URL(api)) && /^https?:$/.test(url.protocol);
  return isLevers || isSimulated ? url.href : null;
}

/** The Lever hosts that this machine must reach: the API's, and with a login the one that renews tokens, too. */
export function leverHosts(settings: Settings): string[] {
  const { leverApiUrl: api, leverTokenUrl: token } = urlsOf(settings);
  const called = settings.leverAuth === 'api_key' ? [api] : [api, token];
  return called.map((url) => new URL(url).host);
}

/**
 * Parses a base URL, without trailing slashes. Throws `configuration`, naming `name` but never the value, which may
 * contain credentials.
 */
export function parseBaseUrl(name: string, value: string): URL {
  const url = parseSafeUrl(value);
  if (url?.search === '' && url.hash === '') {
    url.pathname = withoutTrailingSlashes(url.pathname);
    return url;
  }
  throw new AppError(
    'configuration',
    `${name} must be an https URL (plain http works on loopback only): an origin and path, nothing else.`,
    `Set ${name} to an address such as https://api.example.com, or unset it for the default.`,
  );
}

/** The address, if secrets may go there: https, or plain http on loopback, and without a login in it. */
function parseSafeUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  return isSafe && url.username === '' && url.password === '' ? url : undefined;
}

/** The admin's own addresses that the daemon reports to. Each is a secret. */
export type ReportAddress = 'alarm_url' | 'heartbeat_url';

export const REPORT_ADDRESSES: Record<ReportAddress, { what: string; fix: string }> = {
  alarm_url: {
    what: 'address for alarms',
    fix: 'Copy the full address of an incoming webhook into a file, then run: codesubmit-lever setup --alarm-url-file FILE',
  },
  heartbeat_url: {
    what: 'heartbeat address',
    fix: 'Copy the whole ping address of your monitor into a file, then run: codesubmit-lever setup --heartbeat-url-file FILE',
  },
};

/**
 * The admin's address to report to; null for `none`. Throws `configuration` unless it is an https address (or plain http
 * on loopback); never quotes it.
 */
export function parseReportAddress(name: ReportAddress, text: string): URL | null {
  if (text === 'none') return null;
  const url = parseSafeUrl(text);
  if (url) return url;
  const { what, fix } = REPORT_ADDRESSES[name];
  throw new AppError(
    'configuration',
    `The ${what} is not an https address (plain http works on this machine only).`,
    fix,
  );
}
