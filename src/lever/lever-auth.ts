/**
 * How requests to Lever are authorized: by an API key, or by a login, whose access token is renewed in time, one
 * renewal at a time per data directory.
 */
import { type Clock, MINUTE_MS } from '../domain/clock.js';
import { ApiError, type Rejection, rejectionOf } from '../domain/errors.js';
import type { Auth, Credentials, HttpSettings } from '../net/http-client.js';
import { waitForLock } from '../store/database/file-lock.js';
import type { Home } from '../store/home/home.js';
import type { Stores } from '../store/open-existing.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import type { Settings } from '../store/settings/settings.js';
import {
  LeverOAuth,
  type OAuthClient,
  TOKEN_REQUEST_MS,
  TOKEN_ROUTE,
  type Tokens,
} from './oauth-client.js';
import { bearer } from './lever-client.js';
import { findGrant, type Grant, saveGrant } from './rights.js';

/** A token is renewed this long before its end, so that no request leaves with one that ends on the way. */
const RENEW_AHEAD_MS = 5 * MINUTE_MS;

/**
 * Whether the access token must be renewed before it's used. One with a lifetime below ten minutes is renewed at half of
 * it. A wrong clock costs one renewal too many, or one 401 followed by a renewal.
 */
export function needsRenewal({ refreshedAt, expiresAt }: Grant, now: number): boolean {
  const aheadMs = Math.min(RENEW_AHEAD_MS, (expiresAt - refreshedAt) / 2);
  // Before `refreshedAt` our clock was set back, so what is left of the lifetime is unknown.
  return now < refreshedAt || expiresAt - now <= aheadMs;
}

/**
 * What to store after a renewal. What the reply leaves out stays as it was. `askedAt` (epoch ms): when the renewal was
 * requested; the lifetime counts from then, so the token surely isn't used for too long.
 */
export function renewed(grant: Grant, tokens: Tokens, askedAt: number): Grant {
  return {
    ...grant,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? grant.refreshToken,
    scopes: tokens.scopes ?? grant.scopes,
    refreshedAt: askedAt,
    expiresAt: askedAt + tokens.lifetimeMs,
  };
}

/**
 * The error when no token can be had, found out without a request: `unauthorized` waits for a new login, `unavailable`
 * is tried again.
 */
function noTokenError(kind: 'unauthorized' | 'unavailable', reason: string): ApiError {
  return new ApiError({ vendor: 'lever', kind, route: TOKEN_ROUTE, reason });
}

/** The open data directory that the login belongs to. */
interface LoggedInApp extends Pick<Stores, 'database' | 'clock'> {
  secrets: SecretStore;
  /** The process that renews holds its refresh lock. */
  home: Pick<Home, 'refreshLock'>;
}

/** The stored login, and its renewals. Each renewal uses up the refresh token and brings the next one. */
export class LoginRenewals {
  #pending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly app: LoggedInApp,
    /** Called when Lever no longer accepts the stored login. `isStored`: whether that login is still the stored one. */
    private readonly onRejected: (rejection: Rejection, isStored: () => boolean) => Promise<void>,
  ) {}

  /** The clock on which grants are dated. */
  get clock(): Clock {
    return this.app.clock;
  }

  /**
   * The stored login of this client, whose tokens may be sent to its addresses. The access token may have expired.
   * Throws `ApiError` `unauthorized` without one.
   */
  getGrant({ client, settings }: LeverOAuth): Grant {
    const grant = findGrant(this.app.secrets, this.clock.now(), settings);
    if (grant?.clientId === client.id) return grant;
    throw noTokenError(
      'unauthorized',
      grant ? 'the login belongs to another client' : 'no login is stored',
    );
  }

  /**
   * Renews the login whose tokens are `stale`, unless another process has. Returns the login to use. `settled` waits
   * for it. Throws `ApiError`; `signal` ends only the wait for another process.
   */
  renew(stale: Grant, oauth: LeverOAuth, signal: AbortSignal | undefined): Promise<Grant> {
    const renewal = this.#renew(stale, oauth, signal);
    this.#pending = Promise.allSettled([this.#pending, renewal]);
    return renewal;
  }

  /**
   * Resolves when no renewal is in progress, whatever their outcome. Closing a data directory waits for it, because
   * their replies can't be requested again.
   */
  async settled(): Promise<void> {
    await this.#pending;
  }

  /**
   * Renews the login while holding the lock. A process that waited for the lock finds what its holder stored: other
   * tokens than `stale`, which it uses. Throws `ApiError`: `unavailable` if the lock isn't free in time.
   */
  async #renew(stale: Grant, oauth: LeverOAuth, signal: AbortSignal | undefined): Promise<Grant> {
    const lock = await waitForLock(this.app.home.refreshLock, 2 * TOKEN_REQUEST_MS, signal);
    if (!lock) throw noTokenError('unavailable', 'another process is renewing the login');
    try {
      const stored = this.getGrant(oauth);
      return stored.accessToken === stale.accessToken
        ? await this.#exchange(stored, oauth)
        : stored;
    } finally {
      lock.release();
    }
  }

  /**
   * Exchanges the refresh token. The request uses it up, so its successor is on disk before that is used. A crash in
   * between leaves the old one, which is tried once more. If it is rejected, a person must log in again. Returns the
   * login to use. Throws `ApiError`; a rejection of the login that is still stored goes to `onRejected` first.
   */
  async #exchange(stored: Grant, oauth: LeverOAuth): Promise<Grant> {
    const { database, secrets, clock } = this.app;
    const isStored = () =>
      findGrant(secrets, clock.now(), oauth.settings)?.refreshToken === stored.refreshToken;
    const askedAt = clock.now();
    try {
      const tokens = await oauth.refresh(stored.refreshToken);
      await database.writeWithRetry((tx) => {
        if (isStored()) saveGrant(tx, secrets, renewed(stored, tokens, askedAt));
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      // The rejection doesn't concern a login that was stored since. Without any, this throws.
      if (!isStored()) return this.getGrant(oauth);
      await this.onRejected(rejectionOf(error), isStored);
      throw error;
    }
    // After a new login or a `revoke` in the meantime, the fetched tokens are dropped.
    return this.getGrant(oauth);
  }
}

/** Authorizes with the stored login of one client, and renews it in time. Throws `configuration` for an invalid address. */
export function oauthAuth(
  renewals: LoginRenewals,
  client: OAuthClient,
  settings: Settings,
  { signal, ...http }: HttpSettings,
): Auth {
  const { clock } = renewals;
  // Nothing cuts off a running exchange, nor shortens it: the old refresh token yields no second pair.
  const oauth = new LeverOAuth(settings, client, { ...http, timeoutMs: TOKEN_REQUEST_MS });
  /** Renews this client's login, unless that was done since `stale` was read. */
  const renew = async (stale: Grant): Promise<Credentials> =>
    bearer((await renewals.renew(stale, oauth, signal)).accessToken);
  return {
    authorize: async () => {
      const grant = renewals.getGrant(oauth);
      return needsRenewal(grant, clock.now()) ? renew(grant) : bearer(grant.accessToken);
    },
    // If the login was renewed since the refused request, its new token is enough.
    renew: async (refused) => {
      const grant = renewals.getGrant(oauth);
      const current = bearer(grant.accessToken);
      return current.authorization === refused.authorization ? renew(grant) : current;
    },
  };
}
