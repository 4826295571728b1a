import { describe, expect, it } from 'vitest';
import { lifeOf, renewed } from './lever-auth.js';
import type { Grant } from './rights.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const T = Date.UTC(2026, 8, 1);

function grant(lifetimeMs: number): Grant {
  return {
    accessToken: 'access',
    refreshToken: 'refresh',
    scopes: ['stages:read:admin'],
    clientId: 'client',
    loggedInAt: 0,
    refreshedAt: T,
    expiresAt: T + lifetimeMs,
  };
}

describe('the lifetime of an access token', () => {
  it.each([
    ['just given', 60 * MINUTE, 0, 'fresh'],
    ['with more than five minutes left', 60 * MINUTE, 54 * MINUTE, 'fresh'],
    ['with five minutes left', 60 * MINUTE, 55 * MINUTE, 'ending'],
    ['at its end', 60 * MINUTE, 60 * MINUTE, 'over'],
    ['with a lifetime of a minute, half over', MINUTE, MINUTE / 2, 'ending'],
    ['with a lifetime of a minute, at first', MINUTE, MINUTE / 3, 'fresh'],
    ['when the clock was set back', 60 * MINUTE, -DAY, 'ending'],
    ['when the clock was set forward', 60 * MINUTE, DAY, 'over'],
  ] as const)('%s', (_what, lifetimeMs, agoMs, life) => {
    expect(lifeOf(grant(lifetimeMs), T + agoMs)).toBe(life);
  });
});

describe('a renewal', () => {
  it('keeps what the reply does not say', () => {
    const tokens = { accessToken: 'next', refreshToken: null, lifetimeMs: MINUTE, scopes: null };
    expect(renewed(grant(MINUTE), tokens, T + MINUTE)).toEqual({
      ...grant(MINUTE),
      accessToken: 'next',
      refreshedAt: T + MINUTE,
      expiresAt: T + 2 * MINUTE,
    });
  });
});
