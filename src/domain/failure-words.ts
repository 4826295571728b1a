/** A vendor's failure as a sentence for people: what happened and why; the technical words stand at its end. */
import type { ApiError, Redirect, Vendor } from './errors.js';
import { OTHER_ACCOUNT } from './lever-account.js';

export const VENDOR_NAMES: Record<Vendor, string> = { lever: 'Lever', codesubmit: 'CodeSubmit' };

/** Why an address was not reached, by the technical reason. */
const OF_NETWORK: readonly [RegExp, string][] = [
  [/ENOTFOUND|EAI_AGAIN/, 'its name has no address in DNS'],
  [
    /^(UNABLE_TO_(VERIFY|GET_ISSUER)|SELF_SIGNED|DEPTH_ZERO)/,
    'its TLS certificate is from an authority that Node doesn’t know; if it’s your own, name its file in NODE_EXTRA_CA_CERTS',
  ],
  [/CERT|SSL|TLS|self.signed/i, 'its TLS certificate is not accepted'],
  [/ECONNREFUSED/, 'nothing listens there'],
  [/EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL/, 'this machine has no way there'],
  [/ECONNRESET|EPIPE|ECONNABORTED/, 'the connection broke'],
  [/timeout|ETIMEDOUT/i, 'it does not answer in time'],
  [/^proxy /, 'the proxy does not pass it on'],
  [/^network error$/, 'the network fails'],
];

/** Put before the technical reason when it is the proxy that was not reached. */
export const OF_PROXY = 'PROXY_';

/** Undefined when it is no failure of the network. */
export function networkInWords(reason: string): string | undefined {
  if (reason.startsWith(OF_PROXY)) {
    const why = networkInWords(reason.slice(OF_PROXY.length)) ?? 'the connection broke';
    return `the proxy in HTTPS_PROXY can’t be reached: ${why}`;
  }
  return OF_NETWORK.find(([pattern]) => pattern.test(reason))?.[1];
}

/** Nothing was answered: what lies between is to be looked at, not the vendor. */
export function isUnreached({ status, reason }: ApiError): boolean {
  return status === undefined && networkInWords(reason) !== undefined;
}

/** Without its full stop. */
export function failureInWords(error: ApiError): string {
  return `${VENDOR_NAMES[error.vendor]} ${whatItDoes(error)} (${error.message})`;
}

function whatItDoes(error: ApiError): string {
  if (isUnreached(error)) return `can’t be reached${at(error)}: ${networkInWords(error.reason)}`;
  if (error.redirect) return `sends us ${whereTo(error.redirect, error.origin)}`;
  switch (error.kind) {
    case 'unauthorized':
      if (error.reason === OTHER_ACCOUNT) return 'shows another account with this key or login';
      return error.status === 402 ? 'wants to be paid first' : 'refuses the key or login';
    case 'rate_limited':
      return 'takes no more calls for the moment';
    case 'refused':
      return refusal(error);
    case 'unavailable':
    case 'unknown_outcome':
      return trouble(error);
  }
}

function at({ origin }: ApiError): string {
  return origin === undefined ? '' : ` at ${origin}`;
}

function whereTo({ origin, setting }: Redirect, asked: string | undefined): string {
  if (origin === undefined) return `to another address: check ${setting}`;
  return origin === asked
    ? `to another path at ${origin}: check the path in ${setting}`
    : `to ${origin}: set ${setting} to the right address`;
}

function refusal({ status }: ApiError): string {
  if (status === 403) return 'doesn’t allow this';
  return status === 404 ? 'doesn’t have this' : 'refuses this';
}

function trouble({ status, reason }: ApiError): string {
  if (/instead of json/.test(reason)) {
    return 'answers with something that is not its data: a login page or a proxy, perhaps';
  }
  const isItsOwn = (status !== undefined && status >= 500) || reason.startsWith('server error');
  return isItsOwn ? 'has a fault of its own at the moment' : 'can’t be asked at the moment';
}
