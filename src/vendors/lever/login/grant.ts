/** The tokens of the login in use, sealed among the secrets, and when they must be renewed. */
import type { SecretStore } from '../../../storage/settings/secret-store.js';
import { MINUTE_MS, DAY_MS } from '../../../domain/clock.js';
import type { Tokens } from './oauth-client.js';
import type { Tx } from '../../../storage/database/database.js';

export interface Grant {
  accessToken: string;
  refreshToken: string;
  scopes: string[];
  /** Of which client and where: another client, or another Lever, can do nothing with it. */
  clientId: string;
  tokenUrl: string;
  /** Epoch ms by our own clock: of the login itself, and of its newest tokens. */
  loggedInAt: number;
  refreshedAt: number;
  expiresAt: number;
}

/**
 * - `fresh`: good.
 * - `ending`: good still, or the clock was set back and nobody knows: to be renewed.
 * - `over`: surely no longer good.
 */
export type GrantLife = 'fresh' | 'ending' | 'over';

const AHEAD_MS = 5 * MINUTE_MS;
/** A refresh token dies after 90 idle days. */
const IDLE_MS = 7 * DAY_MS;

/** A clock that is wrong costs a renewal too many, or one 401, after which it is renewed all the same. */
export function lifeOf({ refreshedAt, expiresAt }: Grant, now: number): GrantLife {
  if (expiresAt <= now) return 'over';
  const aheadMs = Math.min(AHEAD_MS, (expiresAt - refreshedAt) / 2);
  return now < refreshedAt || expiresAt - now <= aheadMs ? 'ending' : 'fresh';
}

/** Whether the login stood idle for so long that it should be renewed to stay alive. */
export function isIdle({ refreshedAt }: Grant, now: number): boolean {
  return Math.abs(now - refreshedAt) > IDLE_MS;
}

/** What is to be stored once the tokens were renewed: what the reply doesn't say stays. */
export function renewed(grant: Grant, tokens: Tokens, now: number): Grant {
  return {
    ...grant,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? grant.refreshToken,
    scopes: tokens.scopes ?? grant.scopes,
    refreshedAt: now,
    expiresAt: now + tokens.lifetimeMs,
  };
}

export function findGrant(secrets: SecretStore, now: number): Grant | undefined {
  const [json] = secrets.list('lever_grant', now);
  return json === undefined ? undefined : (JSON.parse(json) as Grant);
}

export function saveGrant(tx: Tx, secrets: SecretStore, grant: Grant, now: number): void {
  secrets.replace(tx, 'lever_grant', JSON.stringify(grant), now);
}

/** Token renewals under way. Closing a data directory waits for them: their replies can't be had again. */
export class PendingRenewals {
  readonly #promises = new Set<Promise<unknown>>();

  add<T>(promise: Promise<T>): Promise<T> {
    this.#promises.add(promise);
    const forget = (): void => {
      this.#promises.delete(promise);
    };
    promise.then(forget, forget);
    return promise;
  }

  /** Resolves when nothing is under way, whether it went well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#promises);
  }
}
