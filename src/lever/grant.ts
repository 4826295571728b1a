/** The tokens of the current login, encrypted among the secrets, and when they must be renewed. */
import type { Addresses } from '../store/settings/vendor-addresses.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import { MINUTE_MS } from '../domain/clock.js';
import type { Tokens } from './oauth-client.js';
import type { Tx } from '../store/database/database.js';

export interface Grant {
  accessToken: string;
  refreshToken: string;
  scopes: string[];
  /** The client and the Lever that the tokens belong to. Nothing else can use them. */
  clientId: string;
  tokenUrl: string;
  /** Epoch ms on our clock: when someone logged in, and when the newest tokens came. */
  loggedInAt: number;
  refreshedAt: number;
  expiresAt: number;
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
 * How long the tokens last. One with a lifetime below ten minutes is renewed at half of it. A wrong clock costs one
 * renewal too many, or one 401 followed by a renewal.
 */
export function lifeOf({ refreshedAt, expiresAt }: Grant, now: number): GrantLife {
  if (expiresAt <= now) return 'over';
  const aheadMs = Math.min(RENEW_AHEAD_MS, (expiresAt - refreshedAt) / 2);
  return now < refreshedAt || expiresAt - now <= aheadMs ? 'ending' : 'fresh';
}

/** What to store after a renewal. What the reply leaves out stays as it was. */
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

/** The newest stored tokens for these addresses, by default those in force; undefined without any. */
export function findGrant(
  secrets: SecretStore,
  now: number,
  addresses?: Addresses,
): Grant | undefined {
  const [json] = secrets.list('lever_grant', now, addresses);
  return json === undefined ? undefined : (JSON.parse(json) as Grant);
}

export function saveGrant(tx: Tx, secrets: SecretStore, grant: Grant): void {
  secrets.replace(tx, 'lever_grant', JSON.stringify(grant));
}
