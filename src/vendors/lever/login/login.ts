/**
 * The Lever login in two steps that survive a restart in between: a URL for a Super Admin's
 * browser, and the URL that this browser ends on.
 */
import { MINUTE_MS, type Clock } from '../../../domain/clock.js';
import { ApiError, AppError } from '../../../domain/errors.js';
import type { Database } from '../../../storage/database/database.js';
import type { Sealer } from '../../../storage/home/sealer.js';
import type { LiveConfiguration } from '../../../storage/settings/configuration.js';
import type { SecretStore } from '../../../storage/settings/secret-store.js';
import type { SettingsStore } from '../../../storage/settings/settings-store.js';
import type { Settings } from '../../../storage/settings/settings.js';
import type { AccountStore } from '../../../storage/state/account-store.js';
import type { IntegrationStore } from '../../../storage/state/integration-store.js';
import type { Claim, PendingLoginStore } from '../../../storage/state/pending-login-store.js';
import type { HttpSettings } from '../../http/http-client.js';
import { leverApiUrl } from '../api/lever-addresses.js';
import { accessTokenAuth, type LeverAuth } from '../api/lever-connection.js';
import type { SharedRate } from '../api/shared-rate.js';
import { makeLeverClient } from '../create-lever-client.js';
import { findGrant, saveGrant, type Grant } from './grant.js';
import { loginFingerprint, requireAccount } from './lever-account.js';
import {
  explainExchange,
  isClientRefused,
  explainRefusedLogin,
  explainReturn,
} from './login-errors.js';
import {
  oauthEndpoints,
  placeOf,
  redirectUriOf,
  scopesOf,
  type LeverPlace,
} from './login-settings.js';
import { oauthAuth, type OAuthDeps } from './oauth-auth.js';
import {
  LeverOAuth,
  makeLoginSecrets,
  type LoginSecrets,
  type OAuthClient,
  type Tokens,
} from './oauth-client.js';
import { missingScopes, type ScopeNeed } from './scopes.js';

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
  /**
   * Request confidential jobs too, which can't be added to a login later; LEVER_SCOPES overrides
   * it.
   */
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

export interface FinishedLogin {
  granted: string[];
  /** Requested but not granted, each with the feature that needs it. */
  missing: ScopeNeed[];
}

interface PendingLogin {
  secrets: LoginSecrets;
  client: OAuthClient;
  scopes: string[];
  redirectUri: string;
  place: LeverPlace;
}

export interface StartLoginDeps {
  database: Database;
  pendingLogins: PendingLoginStore;
  configuration: LiveConfiguration;
  integration: IntegrationStore;
  http: HttpSettings;
  clock: Clock;
}

/** What is needed to exchange, test and use a returning login. */
export interface FinishLoginDeps extends StartLoginDeps {
  settings: SettingsStore;
  secrets: SecretStore;
  account: AccountStore;
  sealer: Sealer;
  leverRate: SharedRate;
}

/** Changes nothing in use. Throws `usage`, `conflict` or `configuration`. */
export async function startLogin(
  deps: StartLoginDeps,
  request: LoginRequest,
): Promise<StartedLogin> {
  const { settings, client, isConfidentialWanted = false } = request;
  refuseOtherLever(deps, settings);
  const scopes = scopesOf(settings, isConfidentialWanted);
  const redirectUri = redirectUriOf(settings);
  const secrets = await makeLoginSecrets();
  const oauth = new LeverOAuth(oauthEndpoints(settings), client, deps.http);
  const authorizeUrl = await oauth.authorizeUrl(secrets, { redirectUri, scopes });
  const pending: PendingLogin = { secrets, client, scopes, redirectUri, place: placeOf(settings) };
  const { clock, database, pendingLogins } = deps;
  const expiresAt = clock.now() + LOGIN_MS;
  await database.write((tx) => {
    const json = JSON.stringify(pending);
    pendingLogins.insert(tx, secrets.state, json, clock.now(), expiresAt);
  });
  return { authorizeUrl, redirectUri, scopes, expiresAt };
}

/**
 * Accepts the URL that the browser ended on (or the part from its `?`), once. Exchanges its code,
 * tests the login with Lever, and starts using it, so everything that waited for it continues.
 * Throws `usage` or `not_found` when the URL isn't ours, `conflict` when it comes twice or too
 * late, `vendor` when Lever rejects it.
 */
export async function finishLogin(
  deps: FinishLoginDeps,
  redirectedUrl: string,
  signal?: AbortSignal,
): Promise<FinishedLogin> {
  const answer = readAnswer(deps, redirectedUrl);
  const pending = await claim(deps, answer.state);
  if (answer.code === undefined) throw explainReturn(answer.error);
  const tokens = await exchange(deps, pending, answer.code, signal);
  const grant = grantOf(pending, tokens, deps.clock.now());
  await adopt(deps, pending, grant, await tryGrant(deps, pending, grant));
  const missing = missingScopes(pending.scopes, grant.scopes);
  return { granted: grant.scopes, missing };
}

/**
 * The stored login, if it belongs to this client and this Lever, and Lever accepts it. Throws
 * `ApiError` when Lever is unavailable.
 */
export async function findUsableLogin(
  deps: OAuthDeps & { leverRate: SharedRate; http: HttpSettings },
  settings: Settings,
  client: OAuthClient,
): Promise<LeverAuth | undefined> {
  const { clock, secrets, http } = deps;
  const now = clock.now();
  const grant = findGrant(secrets, now);
  const [secret] = secrets.list('lever_client_secret', now);
  if (grant?.clientId !== client.id || secret !== client.secret) return undefined;
  if (grant.tokenUrl !== oauthEndpoints(settings).tokenUrl) return undefined;
  const auth = oauthAuth(deps, settings, client, http);
  try {
    await makeLeverClient(deps, settings, auth, http).checkKey();
    return auth;
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
    // A login with a rejected client could not be completed.
    if (isClientRefused(error)) throw explainExchange(error);
    return undefined;
  }
}

/**
 * Ids of one Lever mean nothing in another, and some are the same everywhere. So a login never
 * moves rules between them.
 */
function refuseOtherLever(
  { integration, configuration }: StartLoginDeps,
  settings: Settings,
): void {
  if (!integration.isInUse()) return;
  const current = leverApiUrl(configuration.current().settings);
  if (leverApiUrl(settings) === current) return;
  throw new AppError(
    'conflict',
    `This integration already uses the Lever at ${current}.`,
    'For another Lever use another data directory (--home DIR), or first run: codesubmit-lever revoke',
  );
}

type Answer = { state: string } & (
  { code: string; error: undefined } | { code: undefined; error: string }
);

function readAnswer({ pendingLogins, clock }: StartLoginDeps, text: string): Answer {
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

async function claim(
  { database, pendingLogins, clock }: StartLoginDeps,
  state: string,
): Promise<PendingLogin> {
  const claimed = await database.write((tx) => pendingLogins.claim(tx, state, clock.now()));
  if (claimed.kind !== 'claimed') throw notClaimed(claimed.kind);
  return JSON.parse(claimed.secrets) as PendingLogin;
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

async function exchange(
  deps: { http: HttpSettings },
  { secrets, client, redirectUri, place }: PendingLogin,
  code: string,
  signal: AbortSignal | undefined,
): Promise<Tokens> {
  const http = { ...deps.http, ...(signal === undefined ? {} : { signal }) };
  try {
    const oauth = new LeverOAuth(oauthEndpoints(place), client, http);
    return await oauth.exchangeCode(code, redirectUri, secrets);
  } catch (error) {
    throw error instanceof ApiError ? explainExchange(error) : error;
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

interface TriedGrant {
  isConfidentialSeen: boolean;
  /** Undefined when nothing proves that the account is the one in use. */
  provedFingerprint: string | undefined;
}

/**
 * Null when Lever is unavailable. The login needn't fail for that: its account is compared before
 * its first use. Throws `vendor` for another account than the one in use.
 */
async function tryGrant(
  deps: FinishLoginDeps,
  { place }: PendingLogin,
  grant: Grant,
): Promise<TriedGrant | null> {
  const settings = { ...deps.configuration.current().settings, ...place };
  const lever = makeLeverClient(deps, settings, accessTokenAuth(grant.accessToken), deps.http);
  try {
    await lever.checkKey();
    const fingerprint = loginFingerprint(deps, settings, grant);
    const isProved = await requireAccount(deps, { settings, lever, fingerprint });
    const isConfidentialSeen = await lever.canReadConfidential();
    return { isConfidentialSeen, provedFingerprint: isProved ? fingerprint : undefined };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') throw explainRefusedLogin(error);
    return null;
  }
}

async function adopt(
  deps: FinishLoginDeps,
  { secrets, client, place }: PendingLogin,
  grant: Grant,
  tried: TriedGrant | null,
): Promise<void> {
  await deps.database.write((tx) => {
    // A `revoke` in between wins.
    if (!deps.pendingLogins.isKnown(secrets.state)) throw notClaimed('none_pending');
    const now = deps.clock.now();
    deps.settings.save(tx, { ...place, leverAuth: 'oauth', leverClientId: client.id });
    if (tried !== null) deps.settings.save(tx, { includeConfidential: tried.isConfidentialSeen });
    if (tried?.provedFingerprint !== undefined) deps.account.prove(tx, tried.provedFingerprint);
    deps.secrets.replace(tx, 'lever_client_secret', client.secret, now);
    saveGrant(tx, deps.secrets, grant, now);
    deps.secrets.erase(tx, 'lever_api_key');
    deps.integration.noteAccepted(tx, 'lever');
  });
}
