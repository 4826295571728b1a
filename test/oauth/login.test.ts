/**
 * The login against a third-party authorization server: what it asks, what it accepts, and what it
 * rejects.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addLeverIds } from '../../src/store/integration-store.js';
import { eraseLogins } from '../../src/store/logins.js';
import type { App } from '../../src/admin/app.js';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import {
  effectiveSettings,
  settingsFromEnvironment,
  type Settings,
  loadSettings,
} from '../../src/store/settings/settings.js';
import { AppError } from '../../src/domain/errors.js';
import { defaultScopes } from '../../src/lever/rights.js';
import { browse } from './browser.js';
import { openRecordingServer } from '../support/local-server.js';
import { CLIENT } from './oidc-server.js';
import { grantOf, OAuthSetup, PUBLIC_REDIRECT } from './oauth-setup.js';
import { answerLogin, finishLogin, startLogin } from '../../src/lever/login.js';

const MINUTE = 60_000;
let world: OAuthSetup;
let app: App;

beforeAll(async () => {
  world = await OAuthSetup.start();
  app = await world.app();
});
afterAll(() => world.live.close());

beforeEach(async () => {
  await app.database.write((tx) => {
    eraseLogins(tx);
    app.secrets.eraseAll(tx);
  });
});
afterEach(() => {
  world.oidc.granted = defaultScopes(true);
  world.gate.mode = 'pass';
  world.lever.instead = null;
  world.lever.onUnanswered = null;
  world.clockOffsetMs = 0;
});

function settings(overrides: Partial<Settings> = {}): Settings {
  return {
    ...effectiveSettings({}, {}),
    ...settingsFromEnvironment(world.live.environment),
    ...overrides,
  };
}

const start = (overrides: Partial<Settings> = {}, client = CLIENT) =>
  startLogin(app, settings(overrides), client);

/** The address where a browser ends when someone accepts. */
async function comeBack(overrides: Partial<Settings> = {}, client = CLIENT): Promise<string> {
  return browse((await start(overrides, client)).authorizeUrl);
}

async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  const failure = error as AppError;
  expect(failure.hint).not.toBe('');
  return failure;
}

describe('the authorize address', () => {
  it('carries state, PKCE, audience, scopes and callback', async () => {
    const { authorizeUrl, redirectUri, scopes } = await start();
    const query = new URL(authorizeUrl).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: world.redirect,
      audience: 'https://api.sandbox.lever.co/v1/',
      prompt: 'consent',
      code_challenge_method: 'S256',
    });
    expect(redirectUri).toBe(world.redirect);
    expect(query.get('scope')).toBe(scopes.join(' '));
    expect(scopes).toEqual(defaultScopes(false));
    expect(query.get('state')).toMatch(/^[\w-]{43}$/);
    expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/);
  });

  it('asks for confidential jobs on request, and for what LEVER_SCOPES says', async () => {
    const wanted = await startLogin(app, settings(), CLIENT, true);
    expect(wanted.scopes).toContain('confidential:access:admin');
    const own = await start({ leverScopes: 'offline_access stages:read:admin' });
    expect(own.scopes).toEqual(['offline_access', 'stages:read:admin']);
  });

  it('returns to --redirect-url, else to the public address, else is refused', async () => {
    const redirectUrl = 'https://other.example.com/callback';
    const publicUrl = 'https://bridge.example.com';
    expect((await start({ redirectUrl, publicUrl })).redirectUri).toBe(redirectUrl);
    const none = { redirectUrl: null };
    expect((await start({ ...none, publicUrl })).redirectUri).toBe(PUBLIC_REDIRECT);
    const practice = await start({ ...none, publicUrl: 'http://127.0.0.1:8737' });
    expect(practice.redirectUri).toBe('http://127.0.0.1:8737/oauth/lever/callback');
    const plain = { ...none, publicUrl: 'http://bridge.example.com' };
    expect((await failureOf(start(plain))).code).toBe('usage');
    const nowhere = await failureOf(start({ ...none, publicUrl: null }));
    expect([nowhere.code, nowhere.hint]).toEqual([
      'usage',
      expect.stringContaining('--redirect-url'),
    ]);
  });

  it('is refused over plain http, except to this machine', async () => {
    const redirectUrl = 'http://bridge.example.com/callback';
    expect((await failureOf(start({ redirectUrl }))).code).toBe('usage');
    const leverTokenUrl = 'http://auth.example.com/oauth/token';
    expect((await failureOf(start({ leverTokenUrl }))).code).toBe('configuration');
    const leverAuthorizeUrl = 'http://auth.example.com/authorize';
    expect((await failureOf(start({ leverAuthorizeUrl }))).code).toBe('configuration');
  });
});

describe('a finished login', () => {
  it('is stored, encrypted, and accepted by Lever', async () => {
    expect(await finishLogin(app, await comeBack())).toEqual([]);
    expect(grantOf(app).scopes).toEqual(defaultScopes(false));
    expect(await app.vendors.findUsableLogin(settings(), CLIENT)).toBeDefined();
    expect(
      await app.vendors.findUsableLogin(settings(), { ...CLIENT, id: 'another' }),
    ).toBeUndefined();
    expect(app.integration.state()).toBe('not_set_up');
    expect(loadSettings(app.database).leverAuth).toBe('oauth');
  });

  it('is stored though the daemon ends while Lever doesn’t answer', async () => {
    const ending = new AbortController();
    world.lever.onUnanswered = () => ending.abort();
    await finishLogin(app, await comeBack(), ending.signal);
    expect(await world.oidc.isGood(grantOf(app).accessToken)).toBe(true);
  }, 10_000);

  it('says what was not granted, and what it is for', async () => {
    world.oidc.granted = defaultScopes(false).filter((scope) => !scope.startsWith('postings'));
    const missing = await finishLogin(app, await comeBack());
    expect(missing).toEqual([
      { scope: 'postings:read:admin', feature: 'deciding between two challenges' },
    ]);
  });

  it('to another Lever account is refused, and the current one stays', async () => {
    const { database, integration, secrets } = app;
    await database.write((tx) => {
      integration.markSetUp(tx, 1);
      addLeverIds(tx, 'stage', ['c0ffee00-0000-4000-8000-000000000001']);
    });
    try {
      const failure = await failureOf(finishLogin(app, await comeBack()));
      expect(failure.message).toMatch(/belongs to another Lever account/);
      expect(secrets.list('lever_grant', 0)).toEqual([]);
    } finally {
      await revoke(app);
    }
  });
});

describe('an address that must be rejected', () => {
  it('is unknown when no login is pending', async () => {
    const failure = await failureOf(finishLogin(app, `${world.redirect}?code=c&state=s`));
    expect(failure.code).toBe('usage');
  });

  it('has a wrong state, none, or two', async () => {
    const address = new URL(await comeBack());
    const state = address.searchParams.get('state') ?? '';
    for (const wrong of [
      `?code=c&state=${state.slice(1)}x`,
      '?code=c',
      '?code=c&state=',
      `?code=c&state=${state}&state=${state}`,
    ]) {
      expect((await failureOf(finishLogin(app, wrong))).code).toBe('usage');
    }
    await finishLogin(app, address.href);
  });

  it('has no code, such as the link itself; the login continues', async () => {
    const { authorizeUrl } = await start();
    expect((await failureOf(finishLogin(app, authorizeUrl))).code).toBe('usage');
    expect((await failureOf(finishLogin(app, 'no address'))).code).toBe('usage');
    await finishLogin(app, await browse(authorizeUrl));
  });

  it('comes twice', async () => {
    const address = await comeBack();
    await finishLogin(app, address);
    const stored = grantOf(app);
    const failure = await failureOf(finishLogin(app, address));
    expect(failure.code).toBe('conflict');
    expect(grantOf(app)).toEqual(stored);
    expect(await world.oidc.isGood(stored.accessToken)).toBe(true);
  });

  it('comes twice at once: one is accepted', async () => {
    const address = await comeBack();
    const both = await Promise.allSettled([finishLogin(app, address), finishLogin(app, address)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await world.oidc.isGood(grantOf(app).accessToken)).toBe(true);
  });

  it('comes after 30 minutes; a later one within them is accepted', async () => {
    const late = await comeBack();
    const inTime = await comeBack();
    world.clockOffsetMs = 29 * MINUTE;
    await finishLogin(app, inTime);
    world.clockOffsetMs = 31 * MINUTE;
    expect((await failureOf(finishLogin(app, late))).code).toBe('conflict');
  });

  it('carries a replayed code: Lever refuses it', async () => {
    const spent = new URL(await comeBack());
    await finishLogin(app, spent.href);
    const fresh = new URL(await comeBack());
    fresh.searchParams.set('code', spent.searchParams.get('code') ?? '');
    const failure = await failureOf(finishLogin(app, fresh.href));
    expect(failure).toMatchObject({ code: 'vendor' });
    expect(failure.message).toContain('already used');
  });

  it('was declined by the user; Lever’s further words are not repeated', async () => {
    world.oidc.granted = null;
    const address = await comeBack();
    const failure = await failureOf(finishLogin(app, address));
    expect(failure.message).toContain('Super Admin');
    expect(failure.message).not.toContain('said');
    expect((await failureOf(finishLogin(app, address))).code).toBe('conflict');
  });

  it('comes after or during `revoke`', async () => {
    const address = await comeBack();
    await revoke(app);
    expect((await failureOf(finishLogin(app, address))).code).toBe('usage');
    const next = await comeBack();
    const revoked = world.gate.during(() => revoke(app));
    expect((await failureOf(finishLogin(app, next))).code).toBe('usage');
    await revoked;
    expect(app.secrets.list('lever_grant', Date.now())).toEqual([]);
  });
});

describe('Lever’s refusals and silences', () => {
  it('names a wrong secret', async () => {
    const address = await comeBack({}, { ...CLIENT, secret: 'wrong' });
    const failure = await failureOf(finishLogin(app, address));
    expect(failure.message).toContain('client id or its secret');
    expect(failure.hint).toContain('--lever-client-secret-file');
  });

  it('names the login of the other environment, which replaces nothing', async () => {
    await finishLogin(app, await comeBack());
    const stored = grantOf(app);
    const address = await comeBack();
    const message = 'Unable to find a signing key that matches';
    world.lever.instead = { status: 403, body: { code: 'Forbidden', message } };
    const failure = await failureOf(finishLogin(app, address));
    expect(failure.message).toContain('other environment');
    expect(grantOf(app)).toEqual(stored);
  });

  it('rejects a login without a refresh token', async () => {
    const scopes = defaultScopes(false).filter((scope) => scope !== 'offline_access');
    world.oidc.granted = scopes;
    const address = await comeBack({ leverScopes: scopes.join(' ') });
    expect((await failureOf(finishLogin(app, address))).message).toContain('no refresh token');
  });

  it('has a sentence for a lost answer, a failing server and a redirect', async () => {
    for (const mode of ['lose-reply', 'fail'] as const) {
      const address = await comeBack();
      world.gate.mode = mode;
      const failure = await failureOf(finishLogin(app, address));
      expect(failure).toMatchObject({ code: 'vendor' });
      expect(failure.hint).toContain('LEVER_TOKEN_URL');
      world.gate.mode = 'pass';
    }
  });

  it('answers the browser 502 when Lever fails, and 400 when it refuses', async () => {
    const { signal } = new AbortController();
    const modes = ['lose-reply', 'fail', 'redirect', 'refuse-client'] as const;
    const answers = modes.map(async (mode) => {
      const { search } = new URL(await comeBack());
      return [mode, search] as const;
    });
    const statuses: number[] = [];
    for (const [mode, query] of await Promise.all(answers)) {
      world.gate.mode = mode;
      statuses.push((await answerLogin(app, query, signal)).status);
    }
    expect(statuses).toEqual([502, 502, 502, 400]);
    for (const [error, status] of Object.entries({ server_error: 502, access_denied: 400 })) {
      const state = new URL((await start()).authorizeUrl).searchParams.get('state') ?? '';
      const query = `?error=${error}&state=${state}`;
      expect(await answerLogin(app, query, signal)).toMatchObject({ status });
    }
  });

  it('doesn’t follow a redirect of the token endpoint, which would leak the secret', async () => {
    const elsewhere = await openRecordingServer(() => [200, {}]);
    world.gate.elsewhere = elsewhere.origin;
    const address = await comeBack();
    world.gate.mode = 'redirect';
    expect((await failureOf(finishLogin(app, address))).message).toContain('redirect');
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('sends the secret only to the token endpoint', async () => {
    const before = world.lever.authorizations.length;
    await finishLogin(app, await comeBack());
    expect(world.gate.requests.at(-1)?.get('client_secret')).toBe(CLIENT.secret);
    expect(world.lever.authorizations.slice(before).join()).not.toContain(CLIENT.secret);
  });
});
