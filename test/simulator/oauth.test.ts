// OAuth of the simulated Lever over HTTP: the window's answers, tokens, rotation, revocation.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callback, oauthApp, s256, type OAuthApp } from './oauth-app.js';
import { handClock, openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
let app: OAuthApp;
const clock = handClock();
const dayMs = 24 * 60 * 60 * 1000;

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
  app = oauthApp(caller);
});
afterEach(() => caller.close());

function errorOf({ location }: { location: URL }) {
  return location.searchParams.get('error');
}

describe('the authorize window', () => {
  it('sends a code and the state to the callback', async () => {
    const { status, location } = await app.decide(app.authorizeUrl());
    expect(status).toBe(303);
    expect(`${location.origin}${location.pathname}`).toBe(callback);
    expect(location.searchParams.get('state')).toBe('state-1');
    expect(location.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('sends a denial to the callback', async () => {
    const denied = await app.decide(app.authorizeUrl(), 'deny');
    expect(errorOf(denied)).toBe('access_denied');
    expect(denied.location.searchParams.get('error_description')).toContain('did not authorize');
    expect(denied.location.searchParams.get('state')).toBe('state-1');
  });

  it('lets only a Super Admin authorize, and says so after Accept', async () => {
    expect((await fetch(app.authorizeUrl())).status).toBe(200);
    const refused = await app.decide(app.authorizeUrl(), 'accept', 'Robin Recruiter');
    expect(errorOf(refused)).toBe('access_denied');
    expect(refused.location.searchParams.get('error_description')).toContain('Super Admin');
  });

  it('keeps an unknown app and a callback that differs on its own page', async () => {
    const wrong = [
      { client_id: 'nobody' },
      { redirect_uri: `${callback}/` },
      { redirect_uri: callback.replace('127.0.0.1', 'localhost') },
      { redirect_uri: undefined },
    ];
    for (const change of wrong) {
      const answer = await fetch(app.authorizeUrl(change), { redirect: 'manual' });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
  });

  it('sends other mistakes to the callback at once', async () => {
    const mistakes = {
      unsupported_response_type: { response_type: 'token' },
      invalid_request: { code_challenge: 'x', code_challenge_method: 'plain' },
      access_denied: { audience: 'https://api.lever.co/v1/' },
    };
    for (const [error, change] of Object.entries(mistakes)) {
      const answer = await fetch(app.authorizeUrl(change), { redirect: 'manual' });
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toContain(`error=${error}`);
    }
  });

  it('environment production takes https callbacks only', async () => {
    await caller.flip('lever', { environment: 'production' });
    expect((await fetch(app.authorizeUrl())).status).toBe(403);
    const https = 'https://bridge.example.com/oauth/lever/callback';
    expect((await fetch(app.authorizeUrl({ redirect_uri: https }))).status).toBe(403);
    const added = { id: app.clientId, callbacks: [https] };
    await caller.drive('/lever/oauth-clients/callbacks', added);
    expect((await fetch(app.authorizeUrl({ redirect_uri: https }))).status).toBe(200);
    await caller.drive('/lever/oauth-clients/callbacks/remove', added);
    expect((await fetch(app.authorizeUrl({ redirect_uri: https }))).status).toBe(403);
  });
});

describe('codes', () => {
  it('are exchanged once; a second time revokes what the first gave', async () => {
    const code = await app.code();
    const first = await app.exchange(code);
    expect(first).toMatchObject({
      status: 200,
      json: {
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'offline_access opportunities:write:admin stages:read:admin',
      },
    });
    expect(await app.status(first.json.access_token)).toBe(200);
    const second = await app.exchange(code);
    expect(second).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect(await app.status(first.json.access_token)).toBe(401);
  });

  it('are good for ten minutes, one client and one callback', async () => {
    const code = await app.code();
    const otherCallback = { redirect_uri: 'http://localhost:1/other' };
    expect((await app.exchange(code, otherCallback)).json.error).toBe('invalid_grant');
    const other = await caller.drive('/lever/oauth-clients', { name: 'Other' });
    const asOther = { client_id: other.id, client_secret: other.secret };
    expect((await app.exchange(code, asOther)).json.error).toBe('invalid_grant');
    clock.advance(10 * 60_000 + 1);
    expect((await app.exchange(code)).json.error).toBe('invalid_grant');
    expect((await app.exchange('made-up')).json.error).toBe('invalid_grant');
  });

  it('pkce unchecked takes any verifier', async () => {
    const challenged = { code_challenge: s256('right'), code_challenge_method: 'S256' };
    expect((await app.exchange(await app.code(challenged))).status).toBe(400);
    const wrong = { code_verifier: 'wrong' };
    expect((await app.exchange(await app.code(challenged), wrong)).status).toBe(400);
    const right = { code_verifier: 'right' };
    expect((await app.exchange(await app.code(challenged), right)).status).toBe(200);
    expect((await app.exchange(await app.code(), wrong)).status).toBe(200);
    await caller.flip('lever', { pkce: 'unchecked' });
    expect((await app.exchange(await app.code(challenged), wrong)).status).toBe(200);
  });
});

describe('the token endpoint', () => {
  it('takes the secret in the body, in JSON and as HTTP Basic', async () => {
    const fields = {
      grant_type: 'authorization_code',
      code: await app.code(),
      redirect_uri: callback,
    };
    const pair = Buffer.from(`${app.clientId}:${app.secret}`).toString('base64');
    expect((await app.token(fields, `Basic ${pair}`)).status).toBe(200);
    const { refresh_token } = await app.logIn();
    const json = {
      grant_type: 'refresh_token',
      refresh_token,
      client_id: app.clientId,
      client_secret: app.secret,
    };
    const answer = await fetch(caller.simulator.leverTokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    });
    expect(answer.status).toBe(200);
  });

  it('refuses other grants and missing fields', async () => {
    expect((await app.token({ grant_type: 'password' })).json.error).toBe('unsupported_grant_type');
    const missing = await app.token({ grant_type: 'refresh_token' });
    expect(missing).toMatchObject({ status: 400, json: { error: 'invalid_request' } });
  });

  it('wrongSecretError access_denied names another error', async () => {
    const wrong = { grant_type: 'refresh_token', refresh_token: 'x', client_secret: 'wrong' };
    expect(await app.token(wrong)).toMatchObject({
      status: 401,
      json: { error: 'invalid_client' },
    });
    await caller.flip('lever', { wrongSecretError: 'access_denied' });
    expect(await app.token(wrong)).toMatchObject({ status: 401, json: { error: 'access_denied' } });
  });

  it('is struck by faults and logged, and is no write', async () => {
    await caller.drive('/faults', {
      vendor: 'lever',
      kind: '5xx',
      route: '/oauth/token',
      times: 1,
    });
    expect((await app.exchange(await app.code())).status).toBe(500);
    await app.logIn();
    const { calls, writes } = await caller.drive('/lever/state');
    expect(calls['POST /oauth/token']).toBe(2);
    expect(writes).toEqual([]);
  });
});

describe('access tokens', () => {
  it('give the rights of their scopes', async () => {
    const { access_token } = await app.logIn();
    expect(await app.status(access_token, '/opportunities')).toBe(200);
    expect(await app.status(access_token, '/users')).toBe(403);
    expect(await app.status(access_token, '/tags')).toBe(403);
    const id = await caller.addCandidate();
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
    for (const [path, body] of [
      ['addLinks', { links: ['https://a.example'] }],
      ['addTags', { tags: ['x'] }],
    ] as const) {
      const url = `${caller.simulator.leverApiUrl}/opportunities/${id}/${path}`;
      const post = { method: 'POST', headers, body: JSON.stringify(body) };
      expect((await fetch(url, post)).status).toBe(200);
    }
  });

  it('are useless without the slash at the end of the audience', async () => {
    const audience = caller.simulator.leverAudience.slice(0, -1);
    const { access_token, scope } = await app.logIn({ audience });
    expect(scope).toBe('offline_access');
    expect(await app.status(access_token)).toBe(403);
    const real = await app.logIn({ audience: 'https://api.sandbox.lever.co/v1/' });
    expect(await app.status(real.access_token)).toBe(200);
  });

  it('hold no more than the app may ask for, and no scope that is unknown', async () => {
    const limited = await caller.drive('/lever/oauth-clients', {
      name: 'Limited',
      callbacks: [callback],
      scopes: ['stages:read:admin'],
    });
    const scope = 'made:up stages:read:admin users:read:admin';
    const code = await app.code({ client_id: limited.id, scope });
    const asLimited = { client_id: limited.id, client_secret: limited.secret };
    const { json } = await app.exchange(code, asLimited);
    expect(json.scope).toBe('stages:read:admin');
    expect(json.refresh_token).toBeUndefined();
  });

  it('share one rate limit with those that follow them', async () => {
    const { access_token, refresh_token } = await app.logIn();
    for (let call = 0; call < 20; call += 1) await app.status(access_token);
    const { json } = await app.refresh(refresh_token);
    expect(await app.status(json.access_token)).toBe(429);
  });

  it('accessTokenSeconds shortens their life', async () => {
    const { access_token } = await app.logIn();
    clock.advance(3_599_999);
    expect(await app.status(access_token)).toBe(200);
    clock.advance(1);
    expect(await app.status(access_token)).toBe(401);
    await caller.flip('lever', { accessTokenSeconds: 5 });
    const { json } = await app.exchange(await app.code());
    expect(json.expires_in).toBe(5);
    clock.advance(5000);
    expect(await app.status(json.access_token)).toBe(401);
  });

  it('can be made old, and refreshed', async () => {
    const { access_token, refresh_token } = await app.logIn();
    await caller.drive('/lever/oauth/expire', {});
    expect(await app.status(access_token)).toBe(401);
    const { json } = await app.refresh(refresh_token);
    expect(await app.status(json.access_token)).toBe(200);
  });

  it('of the other environment are met with 403', async () => {
    expect(await app.status('eyJhbGciOi.eyJhdWQiOi.c2lnbmF0dXJl')).toBe(403);
    expect(await app.status('made-up')).toBe(401);
  });
});

describe('refresh tokens', () => {
  it('change at each refresh, and an old one that comes back revokes everything', async () => {
    const first = await app.logIn();
    const second = await app.refresh(first.refresh_token);
    expect(second.json.refresh_token).not.toBe(first.refresh_token);
    const reused = await app.refresh(first.refresh_token);
    expect(reused).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect((await app.refresh(second.json.refresh_token)).status).toBe(400);
    expect(await app.status(second.json.access_token)).toBe(401);
    const [authorization] = await caller.drive('/lever/oauth/authorizations');
    expect(authorization.revokedBecause).toBe('old refresh token');
  });

  it('oldRefreshTokenReuse refused spares the rest', async () => {
    await caller.flip('lever', { oldRefreshTokenReuse: 'refused' });
    const first = await app.logIn();
    const second = await app.refresh(first.refresh_token);
    expect((await app.refresh(first.refresh_token)).status).toBe(400);
    expect((await app.refresh(second.json.refresh_token)).status).toBe(200);
  });

  it('oldRefreshTokenGoodMs keeps the old one good for a while, or for ever', async () => {
    await caller.flip('lever', { oldRefreshTokenGoodMs: 1000 });
    const first = await app.logIn();
    await app.refresh(first.refresh_token);
    clock.advance(999);
    const again = await app.refresh(first.refresh_token);
    expect(again.status).toBe(200);
    clock.advance(1);
    expect((await app.refresh(first.refresh_token)).status).toBe(400);
    expect((await app.refresh(again.json.refresh_token)).status).toBe(400);
    await caller.flip('lever', { oldRefreshTokenGoodMs: 'forever' });
    const other = await app.logIn();
    await app.refresh(other.refresh_token);
    clock.advance(30 * dayMs);
    expect((await app.refresh(other.refresh_token)).status).toBe(200);
  });

  it('die after 90 idle days, and a year after the login', async () => {
    const idle = await app.logIn();
    clock.advance(90 * dayMs + 1);
    expect((await app.refresh(idle.refresh_token)).status).toBe(400);
    let { refresh_token: busy } = await app.logIn();
    for (let month = 0; month < 12; month += 1) {
      clock.advance(30 * dayMs);
      busy = (await app.refresh(busy)).json.refresh_token as string;
    }
    clock.advance(6 * dayMs);
    expect((await app.refresh(busy)).status).toBe(400);
  });

  it('belong to one client', async () => {
    const { refresh_token } = await app.logIn();
    const other = await caller.drive('/lever/oauth-clients', { name: 'Other' });
    const fields = { client_id: other.id, client_secret: other.secret };
    const answer = await app.token({ grant_type: 'refresh_token', refresh_token, ...fields });
    expect(answer.json.error).toBe('invalid_grant');
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });
});

describe('a revoked app', () => {
  it('invalidGrantStatus 403 answers a refresh after a revocation otherwise', async () => {
    const { access_token, refresh_token } = await app.logIn();
    await caller.drive('/lever/oauth/revoke', { clientId: app.clientId });
    expect(await app.status(access_token)).toBe(401);
    const refused = { error: 'invalid_grant' };
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 400, json: refused });
    await caller.flip('lever', { invalidGrantStatus: 403, revokedKeyAnswer: 403 });
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 403, json: refused });
    expect(await app.status(access_token)).toBe(403);
  });

  it('can log in again, and one login can be revoked alone', async () => {
    await app.logIn();
    await caller.drive('/lever/oauth/revoke', { clientId: app.clientId });
    const { access_token } = await app.logIn();
    const other = await app.logIn();
    const authorizations = await caller.drive('/lever/oauth/authorizations');
    expect(authorizations).toHaveLength(3);
    await caller.drive('/lever/oauth/revoke', { authorizationId: authorizations[1].id });
    expect(await app.status(access_token)).toBe(401);
    expect(await app.status(other.access_token)).toBe(200);
  });
});

describe('control routes', () => {
  it('answer the authorize window without a browser', async () => {
    const authorizeUrl = app.authorizeUrl();
    const { redirectTo } = await caller.drive('/lever/oauth/authorize', { authorizeUrl });
    const code = new URL(redirectTo).searchParams.get('code') ?? '';
    expect((await app.exchange(code)).status).toBe(200);
    const denial = { authorizeUrl, isAccepted: false };
    const denied = await caller.drive('/lever/oauth/authorize', denial);
    expect(denied.redirectTo).toContain('error=access_denied');
  });

  it('refuse what is no callback, no scope, no client', async () => {
    const refusals = [
      await caller.control('/lever/oauth-clients', {
        name: 'x',
        callbacks: ['javascript:alert(1)'],
      }),
      await caller.control('/lever/oauth-clients', { name: 'x', scopes: ['made:up'] }),
      await caller.control('/lever/oauth-clients/remove', { id: 'nobody' }),
      await caller.control('/lever/oauth/revoke', {}),
      await caller.control('/lever/oauth/revoke', { authorizationId: 'nothing' }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 404, 400, 404]);
  });

  it('remove a client, whose secret then opens nothing', async () => {
    const { refresh_token } = await app.logIn();
    await caller.drive('/lever/oauth-clients/remove', { id: app.clientId });
    expect((await app.refresh(refresh_token)).status).toBe(401);
    expect(await caller.drive('/lever/oauth-clients')).toEqual([]);
  });
});
