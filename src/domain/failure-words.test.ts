import { describe, expect, it } from 'vitest';
import { ApiError, type ApiErrorFacts } from './errors.js';
import { failureInWords, isUnreached } from './failure-words.js';

function failure(facts: Partial<ApiErrorFacts>): ApiError {
  const origin = 'https://api.lever.co';
  const route = 'GET /stages';
  return new ApiError({
    vendor: 'lever',
    kind: 'unavailable',
    route,
    reason: 'x',
    origin,
    ...facts,
  });
}

describe('an address that can’t be reached', () => {
  it.each([
    ['ECONNREFUSED', 'the connection was refused'],
    ['ENOTFOUND', 'its name is not in DNS'],
    ['CERT_HAS_EXPIRED', 'its TLS certificate isn’t valid'],
    ['EPROTO', 'the TLS handshake failed; is its address one for http?'],
    [
      'PROXY_EPROTO',
      'the proxy in HTTPS_PROXY can’t be reached: the TLS handshake failed; is its address one for http?',
    ],
    ['ECONNRESET', 'the connection broke'],
    ['ENETUNREACH', 'this machine has no route to it'],
    ['connect timeout', 'it doesn’t answer in time'],
    ['proxy 407', 'the proxy refused the connection'],
    ['PROXY_ECONNREFUSED', 'the proxy in HTTPS_PROXY can’t be reached: the connection was refused'],
    ['PROXY_FAILED', 'the proxy in HTTPS_PROXY can’t be reached: the connection broke'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'its TLS certificate is from an authority that Node doesn’t know; if it’s your own, name its file in NODE_EXTRA_CA_CERTS',
    ],
  ])('%s: names it, says why, and ends with the technical words', (reason, why) => {
    const error = failure({ reason });
    expect(failureInWords(error)).toBe(
      `Lever can’t be reached at https://api.lever.co: ${why} (lever GET /stages: ${reason})`,
    );
    expect(isUnreached(error)).toBe(true);
  });
});

describe('an unusable answer', () => {
  it.each<[Partial<ApiErrorFacts>, string]>([
    [{ kind: 'unauthorized', status: 401 }, 'Lever rejects the key or login ('],
    [{ vendor: 'codesubmit', kind: 'unauthorized', status: 401 }, 'CodeSubmit rejects the key ('],
    [{ vendor: 'codesubmit', kind: 'unauthorized', status: 402 }, 'CodeSubmit requires payment ('],
    [{ kind: 'rate_limited', status: 429 }, 'Lever is limiting our calls for now ('],
    [{ kind: 'refused', status: 403 }, 'Lever doesn’t allow this ('],
    [{ kind: 'refused', status: 404 }, 'Lever doesn’t have this ('],
    [{ kind: 'refused', status: 422 }, 'Lever rejected this ('],
    [
      { kind: 'refused', status: 302, reason: 'redirect', addressSetting: 'LEVER_API_URL' },
      'Lever redirects us to another address: check LEVER_API_URL (lever',
    ],
    [{ status: 503, reason: 'server error' }, 'Lever has an error on its side ('],
    [{ reason: 'server error 503' }, 'Lever has an error on its side ('],
    [{ status: 200, reason: 'html instead of json' }, 'Lever returned something that isn’t'],
    [{ reason: 'no token in reply' }, 'Lever isn’t available right now ('],
  ])('%o', (facts, start) => {
    const error = failure(facts);
    expect(failureInWords(error).slice(0, start.length)).toBe(start);
    expect(isUnreached(error)).toBe(false);
  });
});
