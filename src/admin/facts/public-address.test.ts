import { expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from '../../domain/errors.js';
import { explainFailure, probePublicUrl } from './public-address.js';

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

it('says in one sentence that the proxy is none', async () => {
  vi.stubEnv('HTTPS_PROXY', 'socks5://127.0.0.1:1080');
  onTestFinished(() => void vi.unstubAllEnvs());
  const probed = await probePublicUrl('https://hooks.example.com', { version: '0.0.0' });
  expect(probed).toMatchObject({ what: expect.stringMatching(/not an http or https URL$/) });
});
