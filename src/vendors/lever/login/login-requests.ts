/**
 * The Lever logins that were started: the URL for a Super Admin's browser, and what belongs to the
 * URL that this browser ends on. They survive a restart in between.
 */
import { MINUTE_MS, type Clock } from '../../../domain/clock.js';
import { AppError } from '../../../domain/errors.js';
import type { Database } from '../../../storage/database/database.js';
import type { LiveConfiguration } from '../../../storage/settings/configuration.js';
import type { Settings } from '../../../storage/settings/settings.js';
import type { IntegrationStore } from '../../../storage/state/integration-store.js';
import type { Claim, PendingLoginStore } from '../../../storage/state/pending-login-store.js';
import type { HttpSettings } from '../../http/http-client.js';
import { leverApiUrl } from '../../../storage/settings/vendor-addresses.js';
import {
  oauthEndpoints,
  placeOf,
  redirectUriOf,
  scopesOf,
  type LeverPlace,
} from './login-settings.js';
import {
  LeverOAuth,
  makeLoginSecrets,
  type LoginSecrets,
  type OAuthClient,
} from './oauth-client.js';

// The URL that a browser ended on after the login.

export interface RedirectedUrl {
  /** Undefined when missing or repeated. */
  state: string | undefined;
  code: string | undefined;
  /** OAuth's error code, if it looks like one; `unknown` for any other text. */
  error: string | undefined;
}

const ERROR = /^[a-z][a-z0-9_]{2,50}$/;

/** A whole URL, or the part after its `?`. Returns undefined for anything else. */
export function parseRedirectedUrl(text: string): RedirectedUrl | undefined {
  const given = text.trim();
  const query = given.startsWith('?') ? given : queryOf(given);
  if (query === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  const error = single(parameters, 'error');
  return {
    state: single(parameters, 'state'),
    code: single(parameters, 'code'),
    error: error === undefined || ERROR.test(error) ? error : 'unknown',
  };
}

function queryOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).search : undefined;
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}

/** Long enough to ask someone else to open the link. */
const LOGIN_MS = 30 * MINUTE_MS;

export interface LoginRequest {
  /** Those that will apply. */
  settings: Settings;
  client: OAuthClient;
  /** Confidential jobs can't be added to a login later; LEVER_SCOPES overrides it. */
  isConfidentialWanted?: boolean;
}

export interface StartedLogin {
  authorizeUrl: string;
  /** Where the browser will return; it must exactly match one of the app's callbacks in Lever. */
  redirectUri: string;
  scopes: string[];
  /** Epoch ms. */
  expiresAt: number;
}

export interface PendingLogin {
  secrets: LoginSecrets;
  client: OAuthClient;
  scopes: string[];
  redirectUri: string;
  place: LeverPlace;
}

type Answer = { state: string } & (
  { code: string; error: undefined } | { code: undefined; error: string }
);

/** A login whose browser came back. */
export interface ReturnedLogin extends PendingLogin {
  /** Epoch ms. */
  at: number;
  /** Undefined when Lever granted none; then `error` says why. */
  answer: Answer;
}

export interface LoginRequestsDeps {
  database: Database;
  pendingLogins: PendingLoginStore;
  configuration: LiveConfiguration;
  integration: IntegrationStore;
  http: HttpSettings;
  clock: Clock;
}

export class LoginRequests {
  constructor(private readonly deps: LoginRequestsDeps) {}

  /** Changes nothing in use. Throws `usage`, `conflict` or `configuration`. */
  async start(request: LoginRequest): Promise<StartedLogin> {
    const { clock, database, http, pendingLogins } = this.deps;
    const { settings, client, isConfidentialWanted = false } = request;
    this.#refuseOtherLever(settings);
    this.deps.configuration.requireSendable('lever_client_secret', client.secret, settings);
    const scopes = scopesOf(settings, isConfidentialWanted);
    const redirectUri = redirectUriOf(settings);
    const secrets = await makeLoginSecrets();
    const oauth = new LeverOAuth(oauthEndpoints(settings), client, http);
    const authorizeUrl = await oauth.authorizeUrl(secrets, { redirectUri, scopes });
    const place = placeOf(settings);
    const pending: PendingLogin = { secrets, client, scopes, redirectUri, place };
    const expiresAt = clock.now() + LOGIN_MS;
    await database.write((tx) => {
      const json = JSON.stringify(pending);
      pendingLogins.insert(tx, secrets.state, json, clock.now(), expiresAt);
    });
    return { authorizeUrl, redirectUri, scopes, expiresAt };
  }

  /**
   * The login that the URL belongs to, once. Throws `usage` or `not_found` when the URL isn't ours,
   * `conflict` when it comes twice or too late.
   */
  async claim(redirectedUrl: string): Promise<ReturnedLogin> {
    const { database, pendingLogins, clock } = this.deps;
    const answer = this.#readAnswer(redirectedUrl);
    const at = clock.now();
    const claimed = await database.write((tx) => pendingLogins.claim(tx, answer.state, at));
    if (claimed.kind !== 'claimed') throw notClaimed(claimed.kind);
    return { ...(JSON.parse(claimed.secrets) as PendingLogin), answer, at };
  }

  /** A `revoke` since the claim wins. Throws `not_found`. */
  requireKnown({ secrets }: PendingLogin): void {
    if (!this.deps.pendingLogins.isKnown(secrets.state)) throw notClaimed('none_pending');
  }

  /** The settings in force, for the Lever that the login is for. */
  settingsFor({ place }: PendingLogin): Settings {
    return { ...this.deps.configuration.current().settings, ...place };
  }

  /**
   * Ids of one Lever mean nothing in another, and some are the same everywhere. So a login never
   * moves rules between them.
   */
  #refuseOtherLever(settings: Settings): void {
    const { integration, configuration } = this.deps;
    if (!integration.isInUse()) return;
    const current = leverApiUrl(configuration.current().settings);
    if (leverApiUrl(settings) === current) return;
    throw new AppError(
      'conflict',
      `This integration already uses the Lever at ${current}.`,
      'For another Lever use another data directory (--home DIR), or first run: codesubmit-lever revoke',
    );
  }

  #readAnswer(text: string): Answer {
    const { pendingLogins, clock } = this.deps;
    const { state, code, error } = parseRedirectedUrl(text) ?? {};
    // Without a write, because anyone may ask.
    if (state === undefined || !pendingLogins.isKnown(state)) {
      const isAnyOpen = pendingLogins.hasOpen(clock.now());
      throw notClaimed(isAnyOpen ? 'unknown' : 'none_pending');
    }
    if (error !== undefined) return { state, code: undefined, error };
    if (code !== undefined) return { state, code, error: undefined };
    throw new AppError(
      'usage',
      'That URL contains no code. It isn’t the one the browser ended on after Accept.',
      'Open the link, press Accept, and copy the URL from the browser’s address bar.',
    );
  }
}

function notClaimed(kind: Exclude<Claim['kind'], 'claimed'>): AppError {
  const again = 'Run: codesubmit-lever setup, and open the new link';
  switch (kind) {
    case 'none_pending':
      return new AppError('not_found', 'No login is in progress.', again);
    case 'unknown':
      return new AppError('usage', 'That URL is not from a login started here.', again);
    case 'expired':
      return new AppError('conflict', 'This login was started too long ago.', again);
    case 'used':
      return new AppError(
        'conflict',
        'This login was already used; each link works once.',
        'If it was completed, it is stored: run codesubmit-lever setup without --redirected-url-file',
      );
  }
}
