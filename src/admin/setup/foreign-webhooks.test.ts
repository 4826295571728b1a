import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../store/settings/settings.js';
import { findForeignWebhooks } from './foreign-webhooks.js';

const OURS = 'a1b2c3d4e5f6';
const settings = { ...effectiveSettings({}, {}), webhookId: OURS };
const find = (...urls: string[]) =>
  findForeignWebhooks(
    urls.map((url) => ({ url })),
    settings,
  );

describe('another integration', () => {
  it.each([
    [
      'at another host',
      'https://other.example.com/webhooks/lever/0f0f0f0f0f',
      ['other.example.com'],
    ],
    ['behind a path', 'https://o.example.com/bridge/webhooks/lever/0f0f0f0f0f/', ['o.example.com']],
    [
      'of this home, at an address it once had',
      `https://old.example.com/webhooks/lever/${OURS}`,
      [],
    ],
    ['none: another product’s', 'https://hooks.example.com/lever', []],
    ['none: no address', 'hooks', []],
  ])('%s', (_, url, otherHosts) => {
    expect(find(url).otherHosts).toEqual(otherHosts);
  });

  it('is one, however many events it has', () => {
    const url = 'https://other.example.com/webhooks/lever/0f0f0f0f0f';
    expect(find(url, url, url).otherHosts).toEqual(['other.example.com']);
  });
});

describe('CodeSubmit’s own integration', () => {
  it.each([
    ['https://codesubmit.io/hooks', true],
    ['https://app.codesubmit.io/integrations/lever/1', true],
    ['https://CodeSubmit.io/', true],
    ['https://notcodesubmit.io/', false],
    ['https://codesubmit.io.example.com/', false],
  ])('%s: %s', (url, hasCodeSubmit) => {
    expect(find(url).hasCodeSubmit).toBe(hasCodeSubmit);
  });
});
