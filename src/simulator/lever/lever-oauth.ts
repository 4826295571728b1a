// Logins for practice: apps, the answer to the page with the Accept button, and tokens.
import { randomBytes, randomUUID } from 'node:crypto';
import { SimulatedError } from '../simulated-error.js';
import { onlyRights, type LeverRights } from './lever-access.js';
import { single, type Query } from './lever-page.js';
import type { LeverWorld } from './lever-world.js';

export interface OAuthApp {
  id: string;
  secret: string;
  name: string;
  /** A `redirect_uri` must equal one of them exactly (documented). */
  callbacks: string[];
}

/** What a Super Admin granted to an app; its access tokens are grants with the same id. */
export interface Login {
  id: string;
  appId: string;
  scopes: string[];
  isRevoked: boolean;
  /** Each refresh gives a new one; only the newest is valid. */
  refreshTokens: string[];
}

interface TokenReply {
  access_token: string;
  refresh_token?: string;
  token_type: 'Bearer';
  scope: string;
  expires_in: number;
}

/** A value that no one can guess. */
const random = () => randomBytes(32).toString('base64url');

export class LeverOAuth {
  readonly apps = new Map<string, OAuthApp>();
  readonly logins: Login[] = [];
  accessTokenSeconds = 3_600;
  private readonly codes = new Map<string, { app: OAuthApp; callback: string; scopes: string[] }>();

  constructor(private readonly world: LeverWorld) {}

  /** Registers an app, as Lever's partner team or the OAuth tab does. Its id and secret are random unless given. */
  addApp({ id = random(), secret = random(), ...app }: Partial<OAuthApp> & { name: string }) {
    const added: OAuthApp = { callbacks: [], ...app, id, secret };
    this.apps.set(id, added);
    return added;
  }

  /** Adds addresses that logins of the app may return to. Does nothing for an unknown app. */
  addCallbacks(id: string, callbacks: string[]): void {
    this.apps.get(id)?.callbacks.push(...callbacks);
  }

  /**
   * The app that asks for a login. @throws a 403, shown on Lever's page, for an unknown app or a callback that isn't
   * the app's.
   */
  appIn(query: Query): OAuthApp {
    const app = this.apps.get(single(query, 'client_id') ?? '');
    if (!app) throw new SimulatedError(403, 'invalid_request', 'There is no such client_id');
    const callback = single(query, 'redirect_uri') ?? '';
    if (app.callbacks.includes(callback)) return app;
    const message = `Callback URL mismatch: ${callback} is not one of this app's callbacks`;
    throw new SimulatedError(403, 'invalid_request', message);
  }

  /**
   * Answers the page with the Accept button. Returns where the browser goes: back to the app, with a code or an error.
   * Only a Super Admin can accept; as documented, others find out at the very end. Without `userId` a Super Admin
   * answers. @throws like `appIn`.
   */
  answer(query: Query, isAccepted: boolean, userId?: string): string {
    const app = this.appIn(query);
    const callback = single(query, 'redirect_uri') ?? '';
    const back = (answer: Record<string, string>): string => {
      const url = new URL(callback);
      const all = { ...answer, state: single(query, 'state') ?? '' };
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
      return url.href;
    };
    const refuse = (words: string) => back({ error: 'access_denied', error_description: words });
    if (!isAccepted) return refuse('User did not authorize the request');
    const { users } = this.world.account;
    const isAdmin =
      userId === undefined ||
      users.some(({ id, accessRole }) => id === userId && accessRole === 'super admin');
    if (!isAdmin) return refuse('Only a Super Admin can authorize this app');
    const code = random();
    this.codes.set(code, { app, callback, scopes: scopesIn(query) });
    return back({ code });
  }

  /**
   * `POST /oauth/token`: exchanges a code, or a refresh token, for new tokens. A code works once. @throws what RFC 6749
   * has for a wrong client, code or refresh token.
   */
  token(body: unknown): TokenReply {
    const field = (name: string) => (body as Record<string, string> | null)?.[name] ?? '';
    const app = this.apps.get(field('client_id'));
    if (app?.secret !== field('client_secret')) throw refusal(401, 'invalid_client');
    if (field('grant_type') === 'refresh_token') {
      return this.issue(this.loginOf(app, field('refresh_token')));
    }
    const granted = this.codes.get(field('code'));
    this.codes.delete(field('code'));
    if (granted?.app !== app || granted.callback !== field('redirect_uri')) {
      throw refusal(400, 'invalid_grant');
    }
    const { scopes } = granted;
    const login = { id: randomUUID(), appId: app.id, scopes, isRevoked: false, refreshTokens: [] };
    this.logins.push(login);
    return this.issue(login);
  }

  /** The Revoke Access button: revokes everything granted to this app. */
  revoke(appId: string): void {
    for (const login of this.logins.filter((one) => one.appId === appId)) {
      login.isRevoked = true;
      this.world.access.revoke(login.id);
    }
  }

  /**
   * The app's login that this refresh token renews. @throws a 400 if it isn't the newest of a login that is still
   * granted.
   */
  private loginOf(app: OAuthApp, refreshToken: string): Login {
    const isNewest = (login: Login) => login.refreshTokens.at(-1) === refreshToken;
    const login = this.logins.find((one) => one.appId === app.id && isNewest(one));
    if (!login || login.isRevoked) throw refusal(400, 'invalid_grant');
    return login;
  }

  /**
   * Issues an access token for a login, and a refresh token if `offline_access` was granted. Tokens of before stay
   * valid until they expire, but an earlier refresh token doesn't.
   */
  private issue({ id, scopes, refreshTokens }: Login): TokenReply {
    const { access, now } = this.world;
    const credential = random();
    const expiresAt = now() + this.accessTokenSeconds * 1_000;
    const rights = rightsOf(scopes);
    access.add({ id, name: 'OAuth access token', kind: 'oauth', credential, rights, expiresAt });
    const isLasting = scopes.includes('offline_access');
    const refresh_token = random();
    if (isLasting) refreshTokens.push(refresh_token);
    return {
      access_token: credential,
      ...(isLasting && { refresh_token }),
      token_type: 'Bearer',
      scope: scopes.join(' '),
      expires_in: this.accessTokenSeconds,
    };
  }
}

/** The scopes that a login asks for. */
export function scopesIn(query: Query): string[] {
  return (single(query, 'scope') ?? '').split(' ');
}

/** `opportunities:write:admin` gives the right `opportunities:write`. */
function rightsOf(scopes: string[]): LeverRights {
  return onlyRights(scopes.map((scope) => scope.replace(/:admin$/, '')));
}

/** An error in OAuth's form. */
function refusal(status: number, error: string): SimulatedError {
  return new SimulatedError(status, error, error, { error, error_description: error });
}
