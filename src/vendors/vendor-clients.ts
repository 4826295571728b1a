/** The two vendors' clients for the current configuration, recreated when it changes. */
import { makeCodeSubmitClient, type CodeSubmitClient } from './codesubmit/codesubmit-client.js';
import { AppError } from '../domain/errors.js';
import type { HttpSettings } from './http/http-client.js';
import { apiKeyAuth, type LeverAuth } from './lever/api/lever-connection.js';
import type { SharedRate } from './lever/api/shared-rate.js';
import type { LeverClient } from './lever/api/lever-client.js';
import type { LeverPostings } from './lever/api/lever-postings.js';
import type { LeverWebhooks } from './lever/api/lever-webhooks.js';
import {
  makeLeverClient,
  makeLeverPostings,
  makeLeverWebhooks,
} from './lever/create-lever-client.js';
import {
  type AccountGuardDeps,
  guardAccount,
  keyFingerprint,
  storedLoginFingerprint,
} from './lever/login/lever-account.js';
import type { Sealer } from '../storage/home/sealer.js';
import type { Configuration } from '../storage/settings/configuration.js';
import { oauthAuth, type OAuthAuth, type OAuthDeps } from './lever/login/oauth-auth.js';

function missing(what: string): AppError {
  return new AppError('not_set_up', `No ${what} is stored.`, 'Run: codesubmit-lever setup');
}

/** What a login, the account guard and the shared rate limit are built from. */
export interface VendorDeps extends OAuthDeps, AccountGuardDeps {
  sealer: Sealer;
  leverRate: SharedRate;
}

export class Vendors {
  #seen: Configuration | undefined;
  #login: OAuthAuth | undefined;
  #lever: LeverClient | undefined;
  #codesubmit: CodeSubmitClient | undefined;

  constructor(
    private readonly deps: VendorDeps,
    private readonly http: HttpSettings,
  ) {}

  /** Throws `not_set_up` when no key or login is stored. */
  lever(): LeverClient {
    const configuration = this.#refresh();
    const { settings } = configuration;
    this.#lever ??= makeLeverClient(this.deps, settings, this.#auth(configuration), this.http);
    return this.#lever;
  }

  /** Throws `not_set_up` when no key or login is stored. */
  leverWebhooks(): LeverWebhooks {
    const configuration = this.#refresh();
    const auth = this.#auth(configuration);
    return makeLeverWebhooks(this.deps, configuration.settings, auth, this.http);
  }

  /** Throws `not_set_up` when no key or login is stored. */
  leverPostings(): LeverPostings {
    const configuration = this.#refresh();
    const auth = this.#auth(configuration);
    return makeLeverPostings(this.deps, configuration.settings, auth, this.http);
  }

  /** Renews a login that was idle for a week; does nothing for an API key. Throws `ApiError`. */
  async keepLoginAlive(): Promise<void> {
    const { settings } = this.#refresh();
    if (settings.leverAuth === 'oauth') await this.#oauth().keepAlive();
  }

  #auth({ settings, leverApiKey }: Configuration): LeverAuth {
    if (settings.leverAuth === 'oauth') {
      return this.#guard(this.#oauth(), storedLoginFingerprint(this.deps, settings));
    }
    if (leverApiKey === null) throw missing('Lever API key');
    return this.#guard(apiKeyAuth(leverApiKey), keyFingerprint(this.deps, settings, leverApiKey));
  }

  #guard(auth: LeverAuth, fingerprint: string | undefined): LeverAuth {
    const { settings } = this.#refresh();
    const lever = makeLeverClient(this.deps, settings, auth, this.http);
    return guardAccount(this.deps, { auth, settings, fingerprint, lever });
  }

  #oauth(): OAuthAuth {
    const { settings, leverClient } = this.#refresh();
    if (leverClient === null) throw missing('Lever login');
    this.#login ??= oauthAuth(this.deps, settings, leverClient, this.http);
    return this.#login;
  }

  /** Throws `not_set_up` when no key is stored. */
  codesubmit(): CodeSubmitClient {
    const { settings, codesubmitApiKey } = this.#refresh();
    if (codesubmitApiKey === null) throw missing('CodeSubmit API key');
    this.#codesubmit ??= makeCodeSubmitClient(settings, codesubmitApiKey, this.http);
    return this.#codesubmit;
  }

  #refresh(): Configuration {
    const current = this.deps.configuration.current();
    if (current !== this.#seen) {
      this.#seen = current;
      this.#login = undefined;
      this.#lever = undefined;
      this.#codesubmit = undefined;
    }
    return current;
  }
}
