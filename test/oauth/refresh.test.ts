/**
 * A renewal never loses the login: not with two processes at once, not through a lost reply. What a kill leaves,
 * test/crash/refresh-killed.test.ts shows.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { tryLock } from '../../src/store/database/file-lock.js';
import { grantOf, OAuthSetup } from './oauth-setup.js';
import { bundledScript } from '../support/bundled-script.js';
import { eventually } from '../rigs/eventually.js';

const RENEWER = await bundledScript(new URL('./renewer.js', import.meta.url));
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let world: OAuthSetup;
let app: App;

beforeAll(async () => {
  world = await OAuthSetup.start();
  await world.setUp();
  app = await world.app();
});
afterAll(() => world.live.close());

/** Each starts with a new login of its own. */
beforeEach(() => world.logIn(app));
afterEach(() => {
  world.gate.mode = 'pass';
  world.gate.delayMs = 0;
  world.lever.instead = null;
  world.clockOffsetMs = 0;
});

const askedOnce = async () => (await world.live.startScript(RENEWER).ended).stdout;
const lever = () => app.vendors.with({}).lever();
const state = () => app.integration.state();

/** The stored pair is valid: the access token now, the refresh token when used. */
async function expectLive(): Promise<void> {
  expect(await world.oidc.isGood(grantOf(app).accessToken)).toBe(true);
  await world.age(app);
  expect(await askedOnce()).toBe('let in');
  expect(state()).toBe('active');
}

describe('an expired token', () => {
  it('is renewed, and the new pair is on disk before Lever sees it', async () => {
    const old = await world.age(app);
    await lever().checkKey();
    const { accessToken, refreshToken } = grantOf(app);
    expect(refreshToken).not.toBe(old.refreshToken);
    expect(world.lever.authorizations.at(-1)).toBe(`Bearer ${accessToken}`);
  });

  it('is renewed once by several processes at once, which end with one valid pair', async () => {
    await world.age(app);
    world.gate.delayMs = 300;
    const before = world.gate.refreshes;
    const said = await Promise.all([askedOnce(), askedOnce(), lever().checkKey()]);
    expect(said.slice(0, 2)).toEqual(['let in', 'let in']);
    expect(world.gate.refreshes - before).toBe(1);
    world.gate.delayMs = 0;
    await expectLive();
  });

  it('waits for the lock without blocking the process', async () => {
    await world.age(app);
    const held = tryLock(app.home.refreshLock);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    let isAnswered = false;
    const asked = lever()
      .checkKey()
      .then(() => (isAnswered = true));
    await eventually('more turns', () => turns > 20);
    expect(isAnswered).toBe(false);
    held?.release();
    await asked;
    clearInterval(timer);
  });

  it('ends to wait for the lock when the daemon ends, and Lever counts as away', async () => {
    await world.age(app);
    const held = tryLock(app.home.refreshLock);
    const ending = new AbortController();
    const asked = app.vendors.with({ signal: ending.signal }).lever().checkKey();
    ending.abort();
    await expect(asked).rejects.toMatchObject({ kind: 'unavailable' });
    held?.release();
  });
});

describe('a failing token endpoint', () => {
  it('after a lost reply the old token is rejected: needs_reauth, and a login fixes it', async () => {
    await world.age(app);
    world.gate.mode = 'lose-reply';
    await expect(lever().checkKey()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(state()).toBe('active');
    world.gate.mode = 'pass';
    await expect(lever().checkKey()).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(state()).toBe('needs_reauth');
    const version = app.configuration.version();
    await world.logIn(app);
    expect(state()).toBe('active');
    expect(app.configuration.version()).toBeGreaterThan(version);
    await lever().checkKey();
  });

  it('is called again later, and no login is requested', async () => {
    await world.age(app);
    world.gate.mode = 'fail';
    await expect(lever().checkKey()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(state()).toBe('active');
    world.gate.mode = 'pass';
    await lever().checkKey();
  });

  it('that refused our client is asked again: the login may still be good', async () => {
    await world.age(app);
    world.gate.mode = 'refuse-client';
    await expect(lever().checkKey()).rejects.toMatchObject({ reason: 'invalid_client' });
    expect(state()).toBe('needs_reauth');
    world.gate.mode = 'pass';
    await lever().checkKey();
  });
});

describe('a 401', () => {
  it('to a token that should be valid: it is renewed and the request repeated, once', async () => {
    // The first call of a login compares its account.
    await lever().checkKey();
    const { accessToken } = grantOf(app);
    const token = await world.oidc.provider.AccessToken.find(accessToken);
    await token?.destroy();
    const before = world.lever.authorizations.length;
    await lever().checkKey();
    const seen = world.lever.authorizations.slice(before);
    expect(seen).toEqual([`Bearer ${accessToken}`, `Bearer ${grantOf(app).accessToken}`]);
  });

  it('to the renewed token too is a rejection', async () => {
    world.lever.instead = { status: 401, body: { code: 'AuthenticationError' } };
    const before = world.lever.authorizations.length;
    await expect(lever().checkKey()).rejects.toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(world.lever.authorizations.length - before).toBe(2);
  });

  it('that another process has fixed needs no renewal', async () => {
    const stale = grantOf(app);
    const vendors = app.vendors.with({});
    const token = await world.oidc.provider.AccessToken.find(stale.accessToken);
    await token?.destroy();
    expect(await askedOnce()).toBe('let in');
    const before = world.gate.refreshes;
    await vendors.lever().checkKey();
    expect(world.gate.refreshes - before).toBe(0);
  });
});

it.each([
  ['forward by a month', 30 * DAY],
  ['back by a month', -30 * DAY],
])('a clock that jumps %s costs a renewal at most', async (_what, offset) => {
  world.clockOffsetMs = offset;
  const before = world.gate.refreshes;
  await lever().checkKey();
  await lever().checkKey();
  expect(world.gate.refreshes - before).toBeLessThanOrEqual(1);
  expect(state()).toBe('active');
});

describe('what happens during a renewal', () => {
  it('`revoke` wins: no token is stored again', async () => {
    await world.age(app);
    const revoked = world.gate.during(() => revoke(app));
    await expect(lever().checkKey()).rejects.toMatchObject({ kind: 'unauthorized' });
    await revoked;
    expect(app.secrets.list('lever_grant', Date.now())).toEqual([]);
    await app.database.write((tx) => app.integration.markSetUp(tx, Date.now()));
  });

  it('a new login stays: the renewed tokens of the old one are dropped', async () => {
    await world.age(app);
    const fresh = world.gate.during(async () => {
      await world.logIn(app);
      return grantOf(app);
    });
    await lever().checkKey();
    expect(grantOf(app)).toEqual(await fresh);
    expect(state()).toBe('active');
  });
});
