import { expect, it } from 'vitest';
import { ApiError } from '../../domain/errors.js';
import { explainFailure } from './public-address.js';

it.each([
  ['CERT_HAS_EXPIRED', /^Lever won’t accept its certificate/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /^Lever won’t accept its certificate/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /full chain/],
  ['PROXY_CERT_HAS_EXPIRED', /^the proxy in HTTPS_PROXY/],
  ['redirect', /^it redirects elsewhere, perhaps to a login page/],
])('says of %s what is wrong', (reason, words) => {
  const error = new ApiError({
    vendor: 'lever',
    kind: 'unavailable',
    route: 'GET /healthz',
    reason,
  });
  expect(explainFailure(error)).toMatch(words);
});
