/**
 * Authenticates to Lever with a login: provides its access token and renews it in time, one renewal
 * at a time per data directory.
 */
import type { Clock } from '../../../domain/clock.js';
import { ApiError } from '../../../domain/errors.js';
import type { Database } from '../../../storage/database/database.js';
import { waitForLock } from '../../../storage/database/file-lock.js';
import type { Home } from '../../../storage/home/home.js';
import type { SecretStore } from '../../../storage/settings/secret-store.js';
import type { Settings } from '../../../storage/settings/settings.js';
import type { HttpSettings } from '../../http/http-client.js';
import { bearer, type LeverAuth } from '../api/lever-connection.js';
import {
  findGrant,
  isIdle,
  lifeOf,
  renewed,
  saveGrant,
  type Grant,
  type PendingRenewals,
} from './grant.js';
import { oauthEndpoints } from './login-settings.js';
import { LeverOAuth, type OAuthClient } from './oauth-client.js';
import { LONGEST_TOKEN_REQUEST_MS, TOKEN_ROUTE } from './token-request.js';

export interface OAuthDeps {
  home: Home;
  database: Database;
  secrets: SecretStore;
  pendingRenewals: PendingRenewals;
  clock: Clock;
  /** Called when Lever no longer accepts the stored login; `why` contains no personal data. */
  onLoginRejected: (why: string) => Promise<void>;
}

interface OAuthAuthDeps {
  deps: OAuthDeps;
  oauth: LeverOAuth;
  clientId: string;
  signal: AbortSignal | undefined;
}

/** @throws AppError `configuration` for an invalid address. */
export function oauthAuth(
  deps: OAuthDeps,
  settings: Settings,
  client: OAuthClient,
  http: HttpSettings,
): OAuthAuth {
  // Once requested, the new pair is awaited: the old refresh token yields no second one.
  const { signal, ...uncut } = http;
  const oauth = new LeverOAuth(oauthEndpoints(settings), client, uncut);
  return new OAuthAuth({ deps, oauth, clientId: client.id, signal });
}

/**
 * A token that is still valid is used on; after a failure the token endpoint is left alone for this
 * long.
 */
const AGAIN_AFTER_MS = 30_000;

function failure(kind: 'unauthorized' | 'unavailable', reason: string): ApiError {
  return new ApiError({ vendor: 'lever', kind, route: TOKEN_ROUTE, reason });
}

export class OAuthAuth implements LeverAuth {
  #renewal: Promise<Grant> | undefined;
  #notBeforeMs = 0;

  constructor(private readonly deps: OAuthAuthDeps) {}

  /** Throws `ApiError`: `unauthorized` when someone must log in again. */
  async authorization(): Promise<string> {
    const { clock } = this.deps.deps;
    const grant = this.#get();
    const life = lifeOf(grant, clock.now());
    const isResting = clock.monotonicMs() < this.#notBeforeMs;
    if (life === 'fresh' || (life === 'ending' && isResting)) return bearer(grant.accessToken);
    try {
      return bearer((await this.#renewShared(grant)).accessToken);
    } catch (error) {
      const isPassing = error instanceof ApiError && error.kind !== 'unauthorized';
      if (life === 'over' || !isPassing) throw error;
      this.#notBeforeMs = clock.monotonicMs() + AGAIN_AFTER_MS;
      return bearer(grant.accessToken);
    }
  }

  async renew(refused: string): Promise<string> {
    const grant = this.#get();
    if (bearer(grant.accessToken) !== refused) return bearer(grant.accessToken);
    return bearer((await this.#renewShared(grant)).accessToken);
  }

  /** Renews a login that was idle for a week. Throws `ApiError`. */
  async keepAlive(): Promise<void> {
    const grant = this.#get();
    if (isIdle(grant, this.deps.deps.clock.now())) await this.#renewShared(grant);
  }

  #get(): Grant {
    const { deps, clientId } = this.deps;
    const grant = findGrant(deps.secrets, deps.clock.now());
    if (grant?.clientId === clientId) return grant;
    throw failure(
      'unauthorized',
      grant ? 'the login belongs to another client' : 'no login is stored',
    );
  }

  #renewShared(stale: Grant): Promise<Grant> {
    const { pendingRenewals } = this.deps.deps;
    this.#renewal ??= pendingRenewals.add(this.#renew(stale)).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** A process that waited for the lock finds what its holder stored. */
  async #renew(stale: Grant): Promise<Grant> {
    const lock = await this.#lock();
    try {
      const stored = this.#get();
      return stored.accessToken === stale.accessToken ? await this.#exchange(stored) : stored;
    } finally {
      lock.release();
    }
  }

  async #lock() {
    const { deps, signal } = this.deps;
    const limitMs = 2 * LONGEST_TOKEN_REQUEST_MS;
    const lock = await waitForLock(deps.home.refreshLock, limitMs, signal);
    if (lock) return lock;
    throw failure('unavailable', 'another process is renewing the login');
  }

  /**
   * The request uses up the refresh token, so its successor is on disk before it is used. A crash
   * in between leaves the old one, which is tried once more. If that is rejected, a person must log
   * in again.
   */
  async #exchange(stored: Grant): Promise<Grant> {
    const { deps, oauth } = this.deps;
    const { clock } = deps;
    const askedAt = clock.now();
    try {
      const tokens = await oauth.refresh(stored.refreshToken);
      await deps.database.writeWithRetry((tx) => {
        if (this.#isStored(stored))
          saveGrant(tx, deps.secrets, renewed(stored, tokens, askedAt), clock.now());
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      if (!this.#isStored(stored)) return this.#get();
      await deps.onLoginRejected(error.message);
      throw error;
    }
    // After a new login or a `revoke` in the meantime, the fetched tokens are dropped.
    return this.#get();
  }

  #isStored({ refreshToken }: Grant): boolean {
    const { secrets, clock } = this.deps.deps;
    return findGrant(secrets, clock.now())?.refreshToken === refreshToken;
  }
}
