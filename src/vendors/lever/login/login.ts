/** Finishes a Lever login: exchanges its code, tries it with Lever, and starts using it. */
import type { Clock } from '../../../domain/clock.js';
import { ApiError, AppError } from '../../../domain/errors.js';
import type { Database, Tx } from '../../../storage/database/database.js';
import type { SecretStore } from '../../../storage/settings/secret-store.js';
import type { Settings } from '../../../storage/settings/settings.js';
import type { SettingsStore } from '../../../storage/settings/settings-store.js';
import type { IntegrationStore } from '../../../storage/state/integration-store.js';
import type { PendingLoginStore } from '../../../storage/state/pending-login-store.js';
import type { ClientFactory } from '../../client-factory.js';
import { accessTokenAuth } from '../api/lever-connection.js';
import { saveGrant, type Grant } from './grant.js';
import type { LeverAccount } from './lever-account.js';
import { explainExchange, explainRefusedLogin, explainReturn } from './login-errors.js';
import type { LoginRequests, PendingLogin } from './login-requests.js';
import { oauthEndpoints } from './login-settings.js';
import { LeverOAuth, type OAuthClient, type Tokens } from './oauth-client.js';
import { missingScopes, type ScopeNeed } from './scopes.js';

export interface FinishedLogin {
  granted: string[];
  /** Requested but not granted, each with the feature that needs it. */
  missing: ScopeNeed[];
}

interface TriedGrant {
  seen: Pick<Settings, 'includeConfidential'>;
  /** Undefined when nothing proves that the account is the one in use. */
  provedFingerprint: string | undefined;
}

/** How we authenticate to Lever. */
export type LeverAnswer = { kind: 'api_key'; key: string } | { kind: 'oauth'; client: OAuthClient };

export interface LeverCredentialsDeps {
  settings: SettingsStore;
  secrets: SecretStore;
  pendingLogins: PendingLoginStore;
  clock: Clock;
}

/** The stored key or login: one replaces the other. */
export class LeverCredentials {
  constructor(private readonly deps: LeverCredentialsDeps) {}

  /**
   * Replaces a login, or one that was started, by a key. Of a login only the client is stored: the
   * rest comes when it is finished.
   */
  keep(tx: Tx, answer: LeverAnswer): void {
    const { secrets, pendingLogins, clock } = this.deps;
    const now = clock.now();
    if (answer.kind === 'oauth') {
      secrets.replace(tx, 'lever_client_secret', answer.client.secret, now);
      secrets.erase(tx, 'lever_api_key');
      return;
    }
    secrets.replace(tx, 'lever_api_key', answer.key, now);
    secrets.erase(tx, 'lever_client_secret');
    secrets.erase(tx, 'lever_grant');
    pendingLogins.eraseAll(tx);
  }

  keepLogin(tx: Tx, { client, place }: PendingLogin, grant: Grant, seen: Partial<Settings>): void {
    const { settings, secrets, clock } = this.deps;
    settings.save(tx, { ...place, ...seen, leverAuth: 'oauth', leverClientId: client.id });
    this.keep(tx, { kind: 'oauth', client });
    saveGrant(tx, secrets, grant, clock.now());
  }
}

export interface LeverLoginDeps {
  requests: LoginRequests;
  credentials: LeverCredentials;
  account: LeverAccount;
  clients: ClientFactory;
  database: Database;
  integration: IntegrationStore;
}

export class LeverLogin {
  constructor(private readonly deps: LeverLoginDeps) {}

  /**
   * Accepts the URL that the browser ended on (or the part from its `?`), once. Exchanges its code,
   * tests the login with Lever, and starts using it, so everything that waited for it continues.
   * Throws what `LoginRequests.claim` throws, and `vendor` when Lever rejects it.
   */
  async finish(redirectedUrl: string, signal?: AbortSignal): Promise<FinishedLogin> {
    const { requests } = this.deps;
    const { answer, at, ...pending } = await requests.claim(redirectedUrl);
    if (answer.code === undefined) throw explainReturn(answer.error);
    const tokens = await this.#exchange(pending, answer.code, signal);
    const grant = grantOf(pending, tokens, at);
    await this.#adopt(pending, grant, await this.#try(pending, grant));
    const missing = missingScopes(pending.scopes, grant.scopes);
    return { granted: grant.scopes, missing };
  }

  async #exchange(
    { secrets, client, redirectUri, place }: PendingLogin,
    code: string,
    signal: AbortSignal | undefined,
  ): Promise<Tokens> {
    const { http } = this.deps.clients;
    try {
      const oauth = new LeverOAuth(oauthEndpoints(place), client, {
        ...http,
        ...(signal && { signal }),
      });
      return await oauth.exchangeCode(code, redirectUri, secrets);
    } catch (error) {
      throw error instanceof ApiError ? explainExchange(error) : error;
    }
  }

  /**
   * Null when Lever is unavailable. The login needn't fail for that: its account is compared before
   * its first use. Throws `vendor` for another account than the one in use.
   */
  async #try(pending: PendingLogin, grant: Grant): Promise<TriedGrant | null> {
    const { requests, clients, account } = this.deps;
    const settings = requests.settingsFor(pending);
    const lever = clients.lever(settings, accessTokenAuth(grant.accessToken));
    try {
      await lever.checkKey();
      const fingerprint = account.loginFingerprint(settings, grant);
      const isProved = await account.require({ settings, lever, fingerprint });
      const includeConfidential = await lever.canReadConfidential();
      return {
        seen: { includeConfidential },
        provedFingerprint: isProved ? fingerprint : undefined,
      };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === 'unauthorized') throw explainRefusedLogin(error);
      return null;
    }
  }

  async #adopt(pending: PendingLogin, grant: Grant, tried: TriedGrant | null): Promise<void> {
    const { database, requests, credentials, account, integration } = this.deps;
    await database.write((tx) => {
      requests.requireKnown(pending);
      credentials.keepLogin(tx, pending, grant, tried?.seen ?? {});
      if (tried?.provedFingerprint !== undefined) account.prove(tx, tried.provedFingerprint);
      integration.noteAccepted(tx, 'lever');
    });
  }
}

function grantOf({ client, scopes, place }: PendingLogin, tokens: Tokens, now: number): Grant {
  const { accessToken, refreshToken, lifetimeMs } = tokens;
  if (refreshToken === null) {
    throw new AppError(
      'vendor',
      'Lever gave no refresh token, so the login would end within an hour.',
      'Check that the app’s page in Lever has the scope offline_access, then run: codesubmit-lever setup',
    );
  }
  return {
    ...{ accessToken, refreshToken, scopes: tokens.scopes ?? scopes, clientId: client.id },
    ...{ tokenUrl: oauthEndpoints(place).tokenUrl, loggedInAt: now },
    ...{ refreshedAt: now, expiresAt: now + lifetimeMs },
  };
}
