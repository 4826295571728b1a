/**
 * How requests to Lever are authorized: by an API key, or by a login, whose access token is renewed in time, one
 * renewal at a time per data directory.
 */
import { type Clock, MINUTE_MS } from '../domain/clock.js';
import { ApiError, type Rejection, rejectionOf } from '../domain/errors.js';
import type { HttpSettings } from '../net/http-client.js';
import { waitForLock } from '../store/database/file-lock.js';
import type { Home } from '../store/home/home.js';
import type { Stores } from '../store/open-existing.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import type { Settings } from '../store/settings/settings.js';
import type { Addresses } from '../store/settings/vendor-addresses.js';
import {
  LeverOAuth,
  type OAuthClient,
  TOKEN_REQUEST_MS,
  TOKEN_ROUTE,
  type Tokens,
} from './oauth-client.js';
import type { LeverAuth } from './lever-client.js';
import { findGrant, type Grant, saveGrant } from './rights.js';

/** Credentials that can't be renewed. `value`: of the `Authorization` header. */
function unchanging(value: string): LeverAuth {
  return { authorization: () => Promise.resolve(value), renew: () => Promise.resolve(null) };
}

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): LeverAuth {
  return unchanging(`Basic ${Buffer.from(`${key}:`).toString('base64')}`);
}

/** Authorizes with one access token, while it lasts. */
export function accessTokenAuth(accessToken: string): LeverAuth {
  return unchanging(bearer(accessToken));
}

/** The `Authorization` header's value for an access token. */
function bearer(accessToken: string): string {
  return `Bearer ${accessToken}`;
}

/**
 * - `fresh`: valid.
 * - `ending`: still valid, or unknown because the clock was set back: renew it.
 * - `over`: certainly no longer valid.
 */
type GrantLife = 'fresh' | 'ending' | 'over';

/** A token is renewed this long before its end, so that no request leaves with one that ends on the way. */
const RENEW_AHEAD_MS = 5 * MINUTE_MS;

/**
 * Whether the access token is `fresh`, must be renewed (`ending`), or is certainly no longer valid (`over`). One with a
 * lifetime below ten minutes is renewed at half of it. A wrong clock costs one renewal too many, or one 401 followed by
 * a renewal.
 */
export function lifeOf({ refreshedAt, expiresAt }: Grant, now: number): GrantLife {
  if (expiresAt <= now) return 'over';
  const aheadMs = Math.min(RENEW_AHEAD_MS, (expiresAt - refreshedAt) / 2);
  // Before `refreshedAt` our clock was set back, so nobody knows.
  return now < refreshedAt || expiresAt - now <= aheadMs ? 'ending' : 'fresh';
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

/** After a failed renewal the next one waits this long, while the token is still valid and used. */
const RETRY_AFTER_MS = 30_000;

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

/** Where a login is renewed, and the addresses that its tokens are stored for. */
interface LeverEnds {
  oauth: LeverOAuth;
  addresses: Addresses;
}

/** The stored login, and its renewals. Each renewal uses up the refresh token and brings the next one. */
export class LoginRenewals {
  #pending: Promise<unknown> = Promise.resolve();
  /** A rejected refresh token isn't sent again: only another login helps. */
  #rejected: { refreshToken: string; error: ApiError } | undefined;

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
   * The stored tokens, which may be sent to these addresses only; undefined without any for them. Their access token may
   * have expired.
   */
  findGrant(addresses: Addresses): Grant | undefined {
    const { secrets, clock } = this.app;
    return findGrant(secrets, clock.now(), addresses);
  }

  /** The stored client's secret for these addresses; undefined without one. */
  clientSecret(addresses: Addresses): string | undefined {
    const { secrets, clock } = this.app;
    return secrets.list('lever_client_secret', clock.now(), addresses)[0];
  }

  /** Throws `ApiError` `unauthorized` when no login of this client is stored. */
  getGrant(clientId: string, addresses: Addresses): Grant {
    const grant = this.findGrant(addresses);
    if (grant?.clientId === clientId) return grant;
    throw noTokenError(
      'unauthorized',
      grant ? 'the login belongs to another client' : 'no login is stored',
    );
  }

  /**
   * Renews the login whose tokens are `stale`, unless another process has. Returns the login to use. `settled` waits
   * for it. Throws `ApiError`; `signal` ends only the wait for another process.
   */
  renew(stale: Grant, lever: LeverEnds, signal: AbortSignal | undefined): Promise<Grant> {
    const renewal = this.#renew(stale, lever, signal);
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
  async #renew(stale: Grant, lever: LeverEnds, signal: AbortSignal | undefined): Promise<Grant> {
    const lock = await waitForLock(this.app.home.refreshLock, 2 * TOKEN_REQUEST_MS, signal);
    if (!lock) throw noTokenError('unavailable', 'another process is renewing the login');
    try {
      const stored = this.getGrant(stale.clientId, lever.addresses);
      return stored.accessToken === stale.accessToken
        ? await this.#exchange(stored, lever)
        : stored;
    } finally {
      lock.release();
    }
  }

  /**
   * Exchanges the refresh token. The request uses it up, so its successor is on disk before it is used. A crash in
   * between leaves the old one, which is tried once more. If that is rejected, a person must log in again.
   */
  async #exchange(stored: Grant, { oauth, addresses }: LeverEnds): Promise<Grant> {
    const { database, secrets, clock } = this.app;
    if (this.#rejected?.refreshToken === stored.refreshToken) throw this.#rejected.error;
    const isStored = () => this.findGrant(addresses)?.refreshToken === stored.refreshToken;
    const askedAt = clock.now();
    try {
      const tokens = await oauth.refresh(stored.refreshToken);
      await database.writeWithRetry((tx) => {
        if (isStored()) saveGrant(tx, secrets, renewed(stored, tokens, askedAt));
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      // The rejection doesn't concern a login that was stored since. Without any, this throws.
      if (!isStored()) return this.getGrant(stored.clientId, addresses);
      // Any other refusal, such as that of the client, says nothing of the refresh token.
      if (error.reason === 'invalid_grant')
        this.#rejected = { refreshToken: stored.refreshToken, error };
      await this.onRejected(rejectionOf(error), isStored);
      throw error;
    }
    // After a new login or a `revoke` in the meantime, the fetched tokens are dropped.
    return this.getGrant(stored.clientId, addresses);
  }
}

/** Authorizes with the stored login of one client, and renews it in time. */
export class OAuthAuth implements LeverAuth {
  readonly #clientId: string;
  readonly #oauth: LeverOAuth;
  readonly #signal: AbortSignal | undefined;
  /** On the monotonic clock: no renewal before this, because the last one failed. */
  #notBeforeMs = 0;

  /** @throws AppError `configuration` for an invalid address. */
  constructor(
    private readonly renewals: LoginRenewals,
    client: OAuthClient,
    private readonly settings: Settings,
    http: HttpSettings,
  ) {
    // Nothing cuts off a running exchange, nor shortens it: the old refresh token yields no second pair.
    const { signal, ...rest } = http;
    this.#clientId = client.id;
    this.#oauth = new LeverOAuth(settings, client, { ...rest, timeoutMs: TOKEN_REQUEST_MS });
    this.#signal = signal;
  }

  /**
   * The header's value for the next request. Renews a token that ends soon. If that fails for now, the token is used
   * until its end. Throws `ApiError`: `unauthorized` when someone must log in again.
   */
  async authorization(): Promise<string> {
    const { clock } = this.renewals;
    const grant = this.#getGrant();
    const life = lifeOf(grant, clock.now());
    const isBackingOff = clock.monotonicMs() < this.#notBeforeMs;
    if (life === 'fresh' || (life === 'ending' && isBackingOff)) return bearer(grant.accessToken);
    try {
      return bearer((await this.#renew(grant)).accessToken);
    } catch (error) {
      const isPassing = error instanceof ApiError && error.kind !== 'unauthorized';
      if (life === 'over' || !isPassing) throw error;
      this.#notBeforeMs = clock.monotonicMs() + RETRY_AFTER_MS;
      return bearer(grant.accessToken);
    }
  }

  /**
   * Returns another header value after a 401 to `refused`. If the login was renewed since then, its new token is
   * enough. Throws `ApiError`.
   */
  async renew(refused: string): Promise<string> {
    const grant = this.#getGrant();
    if (bearer(grant.accessToken) !== refused) return bearer(grant.accessToken);
    return bearer((await this.#renew(grant)).accessToken);
  }

  /** The stored login of this client. Throws `ApiError` `unauthorized` without one. */
  #getGrant(): Grant {
    return this.renewals.getGrant(this.#clientId, this.settings);
  }

  /** Renews this client's login, unless that was done since `stale` was read. Returns the login to use. */
  #renew(stale: Grant): Promise<Grant> {
    const lever = { oauth: this.#oauth, addresses: this.settings };
    return this.renewals.renew(stale, lever, this.#signal);
  }
}
