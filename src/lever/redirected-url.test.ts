import { describe, expect, it } from 'vitest';
import { parseRedirectedUrl } from './redirected-url.js';
import { missingScopes, parseScopes } from './scopes.js';

describe('the URL that a browser ended on', () => {
  it.each([
    ['https://a.example/cb?code=c&state=s', { code: 'c', state: 's', error: undefined }],
    ['  ?state=s&code=c\n', { code: 'c', state: 's', error: undefined }],
    ['?error=access_denied&state=s', { code: undefined, state: 's', error: 'access_denied' }],
    ['?error=%3Cb%3E&state=s', { code: undefined, state: 's', error: 'unknown' }],
    ['?code=c&code=d&state=s', { code: undefined, state: 's', error: undefined }],
    ['?code=&state=', { code: undefined, state: undefined, error: undefined }],
  ])('%s', (text, expected) => {
    expect(parseRedirectedUrl(text)).toEqual(expected);
  });

  it.each(['', 'code=c&state=s', 'localhost'])('%j is none', (text) => {
    expect(parseRedirectedUrl(text)).toBeUndefined();
  });
});

describe('scopes', () => {
  it('are words between spaces or commas', () => {
    expect(parseScopes(' a b,c  a ')).toEqual(['a', 'b', 'c']);
  });

  it('to write include those to read', () => {
    expect(missingScopes(['tags:read:admin'], ['tags:write:admin'])).toEqual([]);
    expect(missingScopes(['tags:write:admin', 'own'], ['tags:read:admin'])).toEqual([
      { scope: 'tags:write:admin', feature: 'tags:write:admin' },
      { scope: 'own', feature: 'own' },
    ]);
  });
});
