// Who may call the simulated Lever: API keys, OAuth access tokens, and their rights.
import { randomBytes, randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';

export const leverRights = [
  'opportunities:read',
  'opportunities:write',
  'stages:read',
  'tags:read',
  'tags:write',
  'postings:read',
  'postings:write',
  'users:read',
  'contacts:read',
  'archive_reasons:read',
  'notes:read',
  'notes:write',
  'webhooks:read',
  'webhooks:write',
  'confidential:access',
] as const;
export type LeverRight = (typeof leverRights)[number];
export type LeverRights = Record<LeverRight, boolean>;

export interface Grant {
  /** All access tokens of one login share its id, and so its rate limit. */
  id: string;
  name: string;
  kind: 'api_key' | 'oauth';
  /** The API key or access token. */
  credential: string;
  rights: LeverRights;
  isRevoked: boolean;
  /** null = never. */
  expiresAt: number | null;
}

type NewGrant = Omit<Grant, 'id' | 'isRevoked' | 'expiresAt'> &
  Partial<Pick<Grant, 'id' | 'expiresAt'>>;

/** Every right except those named; without a name, every right. */
export function rightsWithout(...missing: LeverRight[]): LeverRights {
  return onlyRights(leverRights.filter((right) => !missing.includes(right)));
}

/** The rights named, and no others. Unknown names are ignored. */
export function onlyRights(given: readonly string[]): LeverRights {
  const entries = leverRights.map((right) => [right, given.includes(right)] as const);
  return Object.fromEntries(entries) as LeverRights;
}

/**
 * Whether the key or token has the right. `write` includes `read`, as Lever documents for its scopes. A login may write
 * tags if it may write opportunities, since no scope covers tags alone.
 */
export function hasRight({ kind, rights }: Grant, right: LeverRight): boolean {
  const isOfLogin = kind === 'oauth' && right === 'tags:write' && rights['opportunities:write'];
  const wider = leverRights.find((name) => name === right.replace(':read', ':write'));
  return isOfLogin || rights[right] || (wider !== undefined && rights[wider]);
}

export class LeverAccess {
  readonly grants = new Map<string, Grant>();

  /** Creates an API key, with every right unless `rights` says otherwise. */
  addKey({ name = 'API key', key, rights = rightsWithout() }: NewKey = {}): Grant {
    const credential = key ?? randomBytes(32).toString('base64url');
    return this.add({ name, kind: 'api_key', credential, rights });
  }

  /** Adds a key or an access token. It can be used at once. */
  add(grant: NewGrant): Grant {
    const added: Grant = { id: randomUUID(), expiresAt: null, ...grant, isRevoked: false };
    this.grants.set(`${grant.kind} ${grant.credential}`, added);
    return added;
  }

  /**
   * Revokes the key, or every access token of a login, by its id or value. Returns the first of them. @throws a 404
   * when no key or token has that id or value.
   */
  revoke(idOrCredential: string): Grant {
    const grants = [...this.grants.values()].filter(
      ({ id, credential }) => id === idOrCredential || credential === idOrCredential,
    );
    for (const grant of grants) grant.isRevoked = true;
    const [first] = grants;
    if (!first) throw notFound('API key');
    return first;
  }

  /**
   * The key or token that the header names, perhaps revoked or expired; undefined for none that is known. HTTP Basic
   * with the key as user and an empty password, or Bearer with an access token.
   */
  authenticate(authorization: string | undefined): Grant | undefined {
    const [scheme = '', value = ''] = (authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer') return this.grants.get(`oauth ${value}`);
    if (scheme.toLowerCase() !== 'basic') return undefined;
    const decoded = Buffer.from(value, 'base64').toString('utf8');
    return decoded.endsWith(':') ? this.grants.get(`api_key ${decoded.slice(0, -1)}`) : undefined;
  }
}

interface NewKey {
  name?: string;
  key?: string;
  rights?: LeverRights;
}
