import { describe, expect, it } from 'vitest';
import { needsRenewal, renewed } from './lever-auth.js';
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

it.each([
  ['with more than five minutes left', 60 * MINUTE, 54 * MINUTE, false],
  ['with five minutes left', 60 * MINUTE, 55 * MINUTE, true],
  ['with a lifetime of a minute, at first', MINUTE, MINUTE / 3, false],
  ['with a lifetime of a minute, half over', MINUTE, MINUTE / 2, true],
  ['when the clock was set back', 60 * MINUTE, -DAY, true],
])('an access token %s', (_what, lifetimeMs, agoMs, isDue) => {
  expect(needsRenewal(grant(lifetimeMs), T + agoMs)).toBe(isDue);
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
