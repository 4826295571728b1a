/** Which addresses of Lever's records are handed on. */
import { expect, it } from 'vitest';
import { effectiveSettings } from './settings.js';
import { foreignAddresses, leverPage, opportunityUrl } from './vendor-addresses.js';

const production = effectiveSettings({}, {});
const practice = effectiveSettings({}, { LEVER_API_URL: 'http://127.0.0.1:4000/v1' });

it.each([
  'https://hire.lever.co/candidates/o',
  'https://hire.sandbox.lever.co/candidates/o',
  'https://lever.co/o',
])('%s is handed on', (url) => {
  expect(opportunityUrl(production, 'o', url)).toBe(url);
});

it.each([
  'javascript:alert(document.domain)//hire.lever.co',
  'data:text/html,<script>1</script>',
  'http://hire.lever.co/candidates/o',
  'https://example.com/candidates/o',
  'https://notlever.co/o',
  'https://hire.lever.co.example.com/o',
  'https://hire.lever.co@example.com/o',
  'https://someone:secret@hire.lever.co/o',
  'http://127.0.0.1:4000/o',
  'candidates/o',
])('%s is not: the address is built from the id', (url) => {
  expect(leverPage(production, url)).toBeNull();
  expect(opportunityUrl(production, 'o', url)).toBe('https://hire.lever.co/candidates/o');
});

it('an address on this machine is handed on where Lever is simulated here', () => {
  expect(leverPage(practice, 'http://127.0.0.1:4000/opportunities/o')).toBe(
    'http://127.0.0.1:4000/opportunities/o',
  );
  expect(leverPage(practice, 'http://example.com/o')).toBeNull();
});

it('an id stays one part of the path', () => {
  expect(opportunityUrl(production, 'a?b#c', null)).toBe(
    'https://hire.lever.co/candidates/a%3Fb%23c',
  );
});

it('an address that was set to the vendor’s own is not another one', () => {
  const addresses = { leverApiUrl: 'https://api.lever.co/v1', codesubmitUrl: 'https://x.example' };
  expect(foreignAddresses({ ...production, ...addresses })).toEqual([
    { variable: 'CODESUBMIT_API_URL', url: 'https://x.example' },
  ]);
});
