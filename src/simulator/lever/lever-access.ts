// Who may call the simulated Lever: API keys, the rights on them, and a place for OAuth grants.
import { randomBytes, randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';

export const leverRights = [
  'opportunities:read',
  'opportunities:write',
  'links:write',
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
  id: string;
  name: string;
  kind: 'api_key' | 'oauth';
  /** The API key or the access token. */
  credential: string;
  rights: LeverRights;
  isRevoked: boolean;
}

/** Every right except those named. */
export function rightsWithout(...missing: LeverRight[]): LeverRights {
  const entries = leverRights.map((right) => [right, !missing.includes(right)] as const);
  return Object.fromEntries(entries) as LeverRights;
}

/** `write` includes `read`, as Lever documents for its scopes. */
export function hasRight(grant: Grant, right: LeverRight): boolean {
  const wider = leverRights.find((name) => name === right.replace(':read', ':write'));
  return grant.rights[right] || (wider !== undefined && grant.rights[wider]);
}

export class LeverAccess {
  readonly grants = new Map<string, Grant>();

  addKey(
    options: { name?: string | undefined; key?: string | undefined; rights?: LeverRights } = {},
  ): Grant {
    return this.add({
      name: options.name ?? 'API key',
      kind: 'api_key',
      credential: options.key ?? randomBytes(32).toString('base64url'),
      rights: options.rights ?? rightsWithout(),
    });
  }

  add(grant: Omit<Grant, 'id' | 'isRevoked'>): Grant {
    const added: Grant = { ...grant, id: randomUUID(), isRevoked: false };
    this.grants.set(`${grant.kind} ${grant.credential}`, added);
    return added;
  }

  /** @throws a 404 when no key or token has that id or value. */
  revoke(idOrCredential: string): Grant {
    const grant = [...this.grants.values()].find(
      ({ id, credential }) => id === idOrCredential || credential === idOrCredential,
    );
    if (!grant) throw notFound('API key');
    grant.isRevoked = true;
    return grant;
  }

  /** HTTP Basic with the key as user and an empty password, or Bearer with an access token. */
  authenticate(authorization: string | undefined): Grant | undefined {
    const [scheme = '', value = ''] = (authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer') return this.grants.get(`oauth ${value}`);
    if (scheme.toLowerCase() !== 'basic') return undefined;
    const decoded = Buffer.from(value, 'base64').toString('utf8');
    return decoded.endsWith(':') ? this.grants.get(`api_key ${decoded.slice(0, -1)}`) : undefined;
  }
}
