// The OAuth clients of an account, as created on its settings page.
import { randomBytes } from 'node:crypto';
import { badRequest, notFound } from '../../simulated-error.js';
import type { OAuthClient } from './oauth-records.js';
import { leverScopes } from './oauth-scopes.js';

export interface OAuthClientInput {
  name: string;
  id?: string | undefined;
  secret?: string | undefined;
  description?: string | undefined;
  callbacks?: string[] | undefined;
  /** All when left out. */
  scopes?: string[] | undefined;
}

export class OAuthClients {
  readonly all = new Map<string, OAuthClient>();

  constructor(private readonly now: () => number) {}

  /** @throws a 400 for a callback that is no URL. */
  add(input: OAuthClientInput): OAuthClient {
    const client: OAuthClient = {
      id: input.id ?? randomBytes(16).toString('base64url'),
      secret: input.secret ?? randomBytes(32).toString('base64url'),
      name: input.name,
      description: input.description ?? '',
      callbacks: checked(input.callbacks ?? []),
      scopes: input.scopes ?? leverScopes,
      createdAt: this.now(),
    };
    this.all.set(client.id, client);
    return client;
  }

  /** @throws a 404 when there is none. */
  get(id: string): OAuthClient {
    const client = this.all.get(id);
    if (!client) throw notFound(`OAuth client ${id}`);
    return client;
  }

  addCallbacks(id: string, callbacks: string[]): OAuthClient {
    const client = this.get(id);
    client.callbacks = [...new Set([...client.callbacks, ...checked(callbacks)])];
    return client;
  }

  removeCallbacks(id: string, callbacks: string[]): OAuthClient {
    const client = this.get(id);
    client.callbacks = client.callbacks.filter((callback) => !callbacks.includes(callback));
    return client;
  }

  remove(id: string): void {
    this.get(id);
    this.all.delete(id);
  }
}

function checked(callbacks: string[]): string[] {
  const wrong = callbacks.find(
    (callback) => !/^https?:\/\//.test(callback) || !URL.canParse(callback),
  );
  if (wrong !== undefined) throw badRequest(`"${wrong}" is not an http or https address`);
  return callbacks;
}
