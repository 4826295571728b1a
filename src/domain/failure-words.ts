/**
 * Describes a vendor's failure in a sentence: what happened, why, and the technical words last. Quotes a vendor's reply
 * bounded, and without personal data. Pure.
 */
import type { ApiError, Vendor } from './errors.js';

/** Why a key or login is not used; the reason of an `ApiError`. */
export const OTHER_ACCOUNT = 'another Lever account';

export const VENDOR_NAMES: Record<Vendor, string> = { lever: 'Lever', codesubmit: 'CodeSubmit' };

/** Why an address can't be reached, by technical reason. */
const NETWORK_WORDS: readonly [RegExp, string][] = [
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not in DNS'],
  [
    /^(UNABLE_TO_(VERIFY|GET_ISSUER)|SELF_SIGNED|DEPTH_ZERO)/,
    'its TLS certificate is from an authority that Node doesn’t know; if it’s your own, name its file in NODE_EXTRA_CA_CERTS',
  ],
  [/EPROTO|WRONG_VERSION_NUMBER/, 'the TLS handshake failed; is its address one for http?'],
  [/CERT|SSL|TLS|self.signed/i, 'its TLS certificate isn’t valid'],
  [/ECONNREFUSED/, 'the connection was refused'],
  [/EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL/, 'this machine has no route to it'],
  [/ECONNRESET|EPIPE|ECONNABORTED/, 'the connection broke'],
  [/timeout|ETIMEDOUT/i, 'it doesn’t answer in time'],
  [/^proxy /, 'the proxy refused the connection'],
  [/^network error$/, 'the network failed'],
];

/** Precedes the technical reason when the proxy was not reached. */
export const PROXY_PREFIX = 'PROXY_';

/** Why the network failed, in words; undefined when it isn't a network failure. */
export function networkInWords(reason: string): string | undefined {
  if (reason.startsWith(PROXY_PREFIX)) {
    const why = networkInWords(reason.slice(PROXY_PREFIX.length)) ?? 'the connection broke';
    return `the proxy in HTTPS_PROXY can’t be reached: ${why}`;
  }
  return NETWORK_WORDS.find(([pattern]) => pattern.test(reason))?.[1];
}

/** Whether no answer came at all: check the network first, not the vendor. */
export function isUnreached({ status, reason }: ApiError): boolean {
  return status === undefined && networkInWords(reason) !== undefined;
}

/** The failure in a sentence, without the full stop. */
export function failureInWords(error: ApiError): string {
  return `${VENDOR_NAMES[error.vendor]} ${whatVendorDoes(error)} (${error.message})`;
}

/** What the vendor does, worded to follow its name. */
function whatVendorDoes(error: ApiError): string {
  if (isUnreached(error))
    return `can’t be reached${error.origin ? ` at ${error.origin}` : ''}: ${networkInWords(error.reason)}`;
  if (error.addressSetting) return `redirects us to another address: check ${error.addressSetting}`;
  switch (error.kind) {
    case 'unauthorized':
      if (error.isOtherAccount) return 'shows another account for this key or login';
      return error.status === 402 ? 'requires payment' : `rejects ${credentialsOf(error.vendor)}`;
    case 'rate_limited':
      return 'is limiting our calls for now';
    case 'refused':
      if (error.status === 403) return 'doesn’t allow this';
      return error.status === 404 ? 'doesn’t have this' : 'rejected this';
    case 'unavailable':
    case 'unknown_outcome':
      return trouble(error);
  }
}

/** The credentials in words. CodeSubmit has no login. */
export function credentialsOf(vendor: Vendor): string {
  return vendor === 'lever' ? 'the key or login' : 'the key';
}

/** What is wrong with a vendor that gave no usable answer, worded to follow its name. */
function trouble({ status, reason }: ApiError): string {
  if (/instead of json/.test(reason)) {
    return 'returned something that isn’t its data, perhaps a login page or a proxy’s page';
  }
  // A token request that failed has no status, only the reason.
  const isItsOwn = (status !== undefined && status >= 500) || reason.startsWith('server error');
  return isItsOwn ? 'has an error on its side' : 'isn’t available right now';
}

/** Limit on the text that patterns are matched against. */
const MAX_CHARS = 1_000;
/** Limit on the text that is shown. */
const MAX_SHOWN = 200;

const LINK = /\b[a-z][a-z0-9+.-]{0,30}:\/\/\S+/gi;
const EMAIL =
  /[^\s@“”"'(),:;<>]{1,64}@[^\s@“”"'(),:;<>.]{1,63}(?:\.[^\s@“”"'(),:;<>.]{1,63}){1,9}/g;

/** The texts in a parsed reply. It is short: see `briefBody`. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const part of Object.values(value)) yield* textsIn(part);
}

/**
 * The vendor's own words in a refusal; empty when it gave none. `personal` lists what must not be
 * quoted, such as a name.
 */
export function refusalInWords(body: unknown, personal: readonly string[]): string {
  // A page, perhaps of a proxy, and none of the vendor's words.
  if (typeof body === 'string' && body.trim().startsWith('<')) return '';
  const said = [...textsIn(body)].join(' ').trim().replace(/\s+/g, ' ');
  // Cut between words: the patterns don't recognise half an address.
  const isLong = said.length > MAX_CHARS;
  const start = isLong ? said.slice(0, Math.max(0, said.lastIndexOf(' ', MAX_CHARS))) : said;
  const shown = withoutAddresses(personal.reduce(withoutPersonal, start));
  return shown.length <= MAX_SHOWN ? shown : `${shown.slice(0, MAX_SHOWN - 1)}…`;
}

/** Puts words in place of links and e-mail addresses. */
export function withoutAddresses(text: string): string {
  return text.replace(LINK, '(a link)').replace(EMAIL, '(an e-mail address)');
}

/** Puts “(…)” in place of a personal text, such as a name, wherever it stands as a word of its own. */
function withoutPersonal(text: string, personal: string): string {
  // Removing a single letter would remove every such word.
  if (personal.trim().length < 2) return text;
  const literal = personal.trim().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'), '(…)');
}
