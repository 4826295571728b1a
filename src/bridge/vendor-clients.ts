/** The two vendors' clients for the current configuration, recreated when it changes. */
import { ApiError, AppError } from '../domain/errors.js';
import { CodeSubmitClient } from '../codesubmit/codesubmit-client.js';
import { oauthAuth, type LoginRenewals } from '../lever/lever-auth.js';
import { type AccountHolder, fingerprintOf, guardAccount } from '../lever/lever-account.js';
import { apiKeyAuth, LeverClient } from '../lever/lever-client.js';
import { explainExchange, isClientRefused } from '../lever/login.js';
import type { OAuthClient } from '../lever/oauth-client.js';
import { findGrant, type Grant } from '../lever/rights.js';
import type { Auth, HttpSettings } from '../net/http-client.js';
import { withHttp, type CallSettings } from '../net/shared-rate.js';
import type { Configuration, LiveConfiguration } from '../store/settings/configuration.js';
import type { Stores } from '../store/open-existing.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import type { Settings } from '../store/settings/settings.js';

/** The error when a key or login is needed and none is stored. */
function notStored(what: string): AppError {
  return new AppError('not_set_up', `No ${what} is stored.`, 'Run: codesubmit-lever setup');
}

/** The open data directory that both vendors are called for. */
interface CallingApp extends AccountHolder, Pick<Stores, 'clock' | 'sealer'> {
  configuration: LiveConfiguration;
  secrets: SecretStore;
}

/** Makes both vendors' clients for the configuration in force, and keeps them until it changes. */
export class Vendors {
  /** The configuration that the clients below were made for. */
  #madeFor: Configuration | undefined;
  /** How clients of that configuration make their calls: each outcome is reported with whether it is still in force. */
  #watchedCalls: CallSettings;
  #lever: LeverClient | undefined;
  #codesubmit: CodeSubmitClient | undefined;

  constructor(
    private readonly app: CallingApp,
    private readonly calls: CallSettings,
    private readonly renewals: LoginRenewals,
  ) {
    // Until the first `#refresh`.
    this.#watchedCalls = calls;
  }

  /** The same vendors, whose calls have these HTTP settings changed. */
  with(http: Partial<HttpSettings>): Vendors {
    return new Vendors(this.app, withHttp(this.calls, http), this.renewals);
  }

  /**
   * Lever's client for the configuration in force. Throws `not_set_up` when no key or login is stored, or `withheld`,
   * the error that says why a stored key may not be sent to the address in force.
   */
  lever(): LeverClient {
    const current = this.#refresh();
    this.#lever ??= new LeverClient(this.#watchedCalls, current.settings, this.#auth(current));
    return this.#lever;
  }

  /**
   * The stored OAuth login, if it is of this OAuth client and of the settings' Lever, and Lever accepts it; undefined if
   * a new login is needed. Throws `ApiError` when Lever is unavailable, and `AppError` when Lever rejects the client.
   */
  async findUsableLogin(settings: Settings, client: OAuthClient): Promise<Auth | undefined> {
    const { app, calls, renewals } = this;
    const grant = findGrant(app.secrets, app.clock.now(), settings);
    const [secret] = app.secrets.list('lever_client_secret', app.clock.now(), settings);
    // No login, or one of another client; or the client's secret has changed since.
    if (grant?.clientId !== client.id || secret !== client.secret) return undefined;
    const auth = oauthAuth(renewals, client, settings, calls.http);
    try {
      await new LeverClient(calls, settings, auth).checkKey();
      return auth;
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      // Lever rejects the client, so a new login with it would fail too: say so, instead of asking for one.
      if (isClientRefused(error)) throw explainExchange(error);
      return undefined;
    }
  }

  /**
   * The stored key or login, guarded: before its first request it must prove to be of the account in use. Without one
   * it throws `not_set_up`, or the configuration's `withheld` where a key is stored but may not be sent to the address
   * in force.
   */
  #auth(configuration: Configuration): Auth {
    const { app, renewals } = this;
    const { settings, leverApiKey, leverClient, withheld } = configuration;
    const guard = (auth: Auth, keyOrLogin: string | Grant): Auth =>
      guardAccount(app, auth, {
        settings,
        fingerprint: fingerprintOf(app.sealer, settings, keyOrLogin),
        lever: new LeverClient(this.#watchedCalls, settings, auth),
      });
    if (settings.leverAuth === 'oauth') {
      if (leverClient === null) throw withheld ?? notStored('Lever login');
      const auth = oauthAuth(renewals, leverClient, settings, this.calls.http);
      const grant = findGrant(app.secrets, app.clock.now(), settings);
      // Without a login there is nothing to compare: the first call throws.
      return grant ? guard(auth, grant) : auth;
    }
    if (leverApiKey === null) throw withheld ?? notStored('Lever API key');
    return guard(apiKeyAuth(leverApiKey), leverApiKey);
  }

  /** CodeSubmit's client for the configuration in force. Throws `not_set_up` or `withheld` as `lever` does. */
  codesubmit(): CodeSubmitClient {
    const { settings, codesubmitApiKey, withheld } = this.#refresh();
    if (codesubmitApiKey === null) throw withheld ?? notStored('CodeSubmit API key');
    this.#codesubmit ??= new CodeSubmitClient(this.#watchedCalls.http, settings, codesubmitApiKey);
    return this.#codesubmit;
  }

  /** The configuration in force. When it changed, the clients are dropped, to be made again when next used. */
  #refresh(): Configuration {
    // Returns false once anything is stored after this moment. Made first, so a key that is replaced before the next
    // line never passes for one in force.
    const isKeyInForce = this.app.configuration.watch();
    const current = this.app.configuration.current();
    if (current !== this.#madeFor) {
      this.#madeFor = current;
      this.#lever = undefined;
      this.#codesubmit = undefined;
      const { onOutcome } = this.calls.http;
      // Says of each call whether its client's credentials are still in force: another key may have been stored since.
      this.#watchedCalls = withHttp(this.calls, {
        onOutcome: async (vendor, route, error) => onOutcome?.(vendor, route, error, isKeyInForce),
      });
    }
    return current;
  }
}
