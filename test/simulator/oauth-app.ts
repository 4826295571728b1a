// An app that logs in at the simulated Lever over HTTP, as a browser and a server would.
import { createHash } from 'node:crypto';
import { seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import type { Caller } from './simulator-client.js';

export const callback = 'http://127.0.0.1:8737/oauth/lever/callback';
const everyScope = 'offline_access opportunities:write:admin stages:read:admin';

export type OAuthApp = ReturnType<typeof oauthApp>;

export function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

export function oauthApp(caller: Caller) {
  const { simulator } = caller;
  const { id: clientId, secret } = seedLeverOAuthClient;
  const credentials = { client_id: clientId, client_secret: secret };

  /** The address of the authorize window; undefined leaves a parameter out. */
  function authorizeUrl(change: Record<string, string | undefined> = {}): string {
    const url = new URL(simulator.leverAuthorizeUrl);
    const query: Record<string, string | undefined> = {
      client_id: clientId,
      redirect_uri: callback,
      response_type: 'code',
      state: 'state-1',
      audience: simulator.leverAudience,
      scope: everyScope,
      prompt: 'consent',
      ...change,
    };
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url.href;
  }

  /** Presses Accept or Deny; returns the address that the browser is sent to. */
  async function decide(url: string, decision = 'accept', userName = 'Sam Superadmin') {
    const user = simulator.lever.account.users.find(({ name }) => name === userName);
    const body = new URLSearchParams({ userId: user?.id ?? 'nobody', decision });
    const { status, headers } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    return { status, location: new URL(headers.get('location') ?? 'http://nowhere.example') };
  }

  async function token(fields: Record<string, string>, authorization?: string) {
    const body = new URLSearchParams({ ...(authorization ? {} : credentials), ...fields });
    const headers = authorization ? { authorization } : {};
    const response = await fetch(simulator.leverTokenUrl, { method: 'POST', body, headers });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads any shape
    return { status: response.status, json: (await response.json()) as any };
  }

  async function code(change: Record<string, string | undefined> = {}) {
    const { location } = await decide(authorizeUrl(change));
    return location.searchParams.get('code') ?? '';
  }

  const exchange = (given: string, more: Record<string, string> = {}) =>
    token({ grant_type: 'authorization_code', code: given, redirect_uri: callback, ...more });

  return {
    clientId,
    secret,
    authorizeUrl,
    decide,
    token,
    code,
    exchange,
    refresh: (refreshToken: string) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    /** A complete login. */
    async logIn(change: Record<string, string | undefined> = {}) {
      const { json } = await exchange(await code(change));
      return json as { access_token: string; refresh_token: string; scope: string };
    },
    /** The status of a call of the API with this access token. */
    async status(accessToken: string, path = '/stages') {
      const headers = { authorization: `Bearer ${accessToken}` };
      return (await fetch(`${simulator.leverApiUrl}${path}`, { headers })).status;
    },
  };
}
