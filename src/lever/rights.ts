/**
 * The rights that we need in Lever: a login's scope, or the box of an API key, and what doesn't work without it. And
 * what the login was granted.
 */
import type { Tx } from '../store/database/database.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import type { Settings } from '../store/settings/settings.js';
import type { Addresses } from '../store/settings/vendor-addresses.js';
import type { ListRoute, OpportunityRoute } from './lever-client.js';

type Route = ListRoute | OpportunityRoute;

export interface Right {
  /** `write` includes `read`. */
  scope: string;
  /**
   * The box's label in Lever's form; the wording varies. Empty if only a login needs the right, or if there is no box.
   */
  box: string;
  /** What doesn't work without the right, in plain words. */
  feature: string;
  /** Routes that show whether the right is given. */
  routes: readonly Route[];
}

export type ScopeNeed = Pick<Right, 'scope' | 'feature'>;

/** The scope that lets a login see confidential opportunities. */
export const CONFIDENTIAL = 'confidential:access:admin';

/** A right, with `routes` that show by their answer whether it is given: none if no call shows that. */
function right(scope: string, box: string, feature: string, ...routes: Route[]): Right {
  return { scope, box, feature, routes };
}

/** Every right that a feature needs, in the order in which `setup` lists them. */
export const RIGHTS: readonly Right[] = [
  right('offline_access', '', 'staying connected for longer than an hour'),
  right(
    'opportunities:write:admin',
    'read opportunities',
    'reading candidates, their stages and tags',
    'GET /opportunities',
  ),
  right(
    'opportunities:write:admin',
    'write opportunities',
    'adding links',
    'POST /opportunities/:id/addLinks',
  ),
  right(
    'opportunities:write:admin',
    'add, remove tags',
    'showing why a candidate is on hold, and progress',
    'POST /opportunities/:id/addTags',
    'POST /opportunities/:id/removeTags',
  ),
  right(
    'notes:write:admin',
    'read notes, create a note',
    'writing notes about the challenge',
    'POST /opportunities/:id/notes',
    'GET /opportunities/:id/notes',
  ),
  right('stages:read:admin', 'read stages', 'choosing stages'),
  right('tags:read:admin', 'read tags', 'finding mistyped tags', 'GET /tags'),
  right('webhooks:read:admin', 'list webhooks', 'noticing a second integration'),
  right('users:read:admin', 'read users', 'choosing who appears as the author', 'GET /users'),
  right('postings:read:admin', 'read postings', 'deciding between two challenges', 'GET /postings'),
  right(CONFIDENTIAL, '', 'confidential jobs'),
];

/** The scopes to request, unless LEVER_SCOPES says otherwise. Confidential access can't be added to a login later. */
export function defaultScopes(isConfidentialWanted: boolean): string[] {
  const scopes = [...new Set(RIGHTS.map(({ scope }) => scope))];
  return isConfidentialWanted ? scopes : scopes.filter((scope) => scope !== CONFIDENTIAL);
}

/** Each scope with the features that need it. One that no feature needs, from LEVER_SCOPES, stands for itself. */
export function needsOf(scopes: readonly string[]): ScopeNeed[] {
  return scopes.map((scope) => {
    const features = RIGHTS.filter((right) => right.scope === scope).map(({ feature }) => feature);
    return { scope, feature: features.length > 0 ? features.join(', ') : scope };
  });
}

/** Scopes that were requested but not granted, each with the features that need it. */
export function missingScopes(asked: readonly string[], granted: readonly string[]): ScopeNeed[] {
  // `write` includes `read`.
  const isGranted = (scope: string): boolean =>
    granted.includes(scope) || granted.includes(scope.replace(':read:', ':write:'));
  return needsOf(asked.filter((scope) => !isGranted(scope)));
}

/** The scopes to request. LEVER_SCOPES overrides them. */
export function scopesOf({ leverScopes }: Settings, isConfidentialWanted: boolean): string[] {
  return leverScopes === null ? defaultScopes(isConfidentialWanted) : parseScopes(leverScopes);
}

/** The words of a scope list, separated by spaces or commas, each once. */
export function parseScopes(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))];
}

/** The tokens of the current login, encrypted among the secrets. */
export interface Grant {
  accessToken: string;
  refreshToken: string;
  scopes: string[];
  /** The client that the tokens belong to. No other can use them. */
  clientId: string;
  /** Epoch ms on our clock: when someone logged in, and when the newest tokens came. */
  loggedInAt: number;
  refreshedAt: number;
  expiresAt: number;
}

/**
 * The newest stored tokens for these addresses of Lever, by default the addresses in force; undefined without any. Leaves
 * out secrets that end before `now` (epoch ms); an access token may have expired all the same.
 */
export function findGrant(
  secrets: SecretStore,
  now: number,
  addresses?: Addresses,
): Grant | undefined {
  const [json] = secrets.list('lever_grant', now, addresses);
  return json === undefined ? undefined : (JSON.parse(json) as Grant);
}

/** Stores the tokens of a login, instead of those before. */
export function saveGrant(tx: Tx, secrets: SecretStore, grant: Grant): void {
  secrets.replace(tx, 'lever_grant', JSON.stringify(grant));
}
