/**
 * Logins to Lever: each starts with a URL for a Super Admin's browser, and is finished with the URL that this browser
 * ends on, where a page says how it went. A restart in between doesn't end them.
 */
import { MINUTE_MS } from '../domain/clock.js';
import { ApiError, AppError, type AppErrorCode, isPassing } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import { type CallSettings, withHttp } from '../net/shared-rate.js';
import type { Tx } from '../store/database/database.js';
import {
  addLogin,
  claimLogin,
  eraseLogins,
  isLoginKnown,
  START_AGAIN,
  unknownLogin,
} from '../store/logins.js';
import type { Stores } from '../store/open-existing.js';
import type { LiveConfiguration } from '../store/settings/configuration.js';
import type { SecretStore } from '../store/settings/secret-store.js';
import { saveSettings, type Settings } from '../store/settings/settings.js';
import { leverAddressesOf, leverApiUrl } from '../store/settings/vendor-addresses.js';
import { isLoopback, escapeHtml } from '../domain/vendor-text.js';
import { fingerprintOf, requireSameAccount } from './lever-account.js';
import { accessTokenAuth, LeverClient } from './lever-client.js';
import {
  LeverOAuth,
  type LoginSecrets,
  makeLoginSecrets,
  OAUTH_CODE,
  type OAuthClient,
  refusal,
  type Tokens,
} from './oauth-client.js';
import { type Grant, missingScopes, saveGrant, type ScopeNeed, scopesOf } from './rights.js';

/** Where the browser returns after a login, under the daemon's address. */
export const CALLBACK_PATH = '/oauth/lever/callback';

/**
 * Where the browser returns: the setting, else the public address. It must exactly match one of the app's callbacks in
 * Lever. Throws `usage` if there is none, and for plain http that leaves the machine.
 */
export function redirectUriOf({ redirectUrl, publicUrl }: Settings): string {
  const uri = redirectUrl ?? (publicUrl === null ? null : `${publicUrl}${CALLBACK_PATH}`);
  if (uri === null) {
    throw new AppError(
      'usage',
      'There is no address that the login can return to.',
      'Add one of the client’s callbacks to the same command: --redirect-url URL',
    );
  }
  const url = new URL(uri);
  if (url.protocol === 'https:' || isLoopback(url)) return uri;
  throw new AppError(
    'usage',
    `The login can’t return to ${uri}: plain http works only for this machine.`,
    'Add an https or a loopback address to the same command: --redirect-url URL',
  );
}

/**
 * Whether Lever accepts the callback: in production only https; in the sandbox also plain http on localhost, which is
 * all that `redirectUriOf` lets pass.
 */
export function isCallbackAccepted(redirectUri: string, { leverEnvironment }: Settings): boolean {
  return leverEnvironment !== 'production' || redirectUri.startsWith('https:');
}

/**
 * Whether the browser returns to our own server, which finishes the login then: at the public address, or on this
 * machine at the daemon's port. Otherwise an admin pastes the address.
 */
export function returnsToDaemon(redirectUri: string, { publicUrl, port }: Settings): boolean {
  if (publicUrl !== null && redirectUri === `${publicUrl}${CALLBACK_PATH}`) return true;
  const url = new URL(redirectUri);
  return isLoopback(url) && url.port === String(port) && url.pathname === CALLBACK_PATH;
}

/** How long a login stays open: long enough to ask someone else to open the link. */
const LOGIN_MS = 30 * MINUTE_MS;

export type StartedLogin = Awaited<ReturnType<typeof startLogin>>;

/**
 * The settings that a login is for: where Lever is, its audience and our callback. They are stored once the login is
 * finished.
 */
function leverPlaceOf(settings: Settings) {
  const { leverAudience, redirectUrl } = settings;
  return { ...leverAddressesOf(settings), leverAudience, redirectUrl };
}

interface PendingLogin {
  secrets: LoginSecrets;
  client: OAuthClient;
  scopes: string[];
  redirectUri: string;
  place: ReturnType<typeof leverPlaceOf>;
}

/** How we authenticate to Lever. */
export type LeverAnswer = { kind: 'api_key'; key: string } | { kind: 'oauth'; client: OAuthClient };

/**
 * Stores the key, or the secret of the OAuth client, whose id is a setting. A key ends the login, and those that were
 * only started. With a client, the stored tokens stay until those of a new login replace them.
 */
export function storeLever(tx: Tx, secrets: SecretStore, answer: LeverAnswer): void {
  if (answer.kind === 'oauth') {
    secrets.replace(tx, 'lever_client_secret', answer.client.secret);
    secrets.erase(tx, 'lever_api_key');
    return;
  }
  secrets.replace(tx, 'lever_api_key', answer.key);
  secrets.erase(tx, 'lever_client_secret');
  secrets.erase(tx, 'lever_grant');
  eraseLogins(tx);
}

/** The open data directory that logs in. */
export interface LoginApp
  extends CallSettings, Pick<Stores, 'database' | 'sealer' | 'integration' | 'clock'> {
  secrets: SecretStore;
  configuration: LiveConfiguration;
}

/**
 * Starts a login, after which `settings` will apply. `isConfidentialWanted`: confidential jobs, which can't be added to
 * a login later; LEVER_SCOPES overrides it. Changes nothing in use. Returns where the browser goes and will return, and
 * until when (epoch ms). Throws `conflict` for another Lever than the one in use, `usage` without an address to return
 * to, and `configuration` for an address of Lever that is invalid, or that the client's secret may not go to.
 */
export async function startLogin(
  app: LoginApp,
  settings: Settings,
  client: OAuthClient,
  isConfidentialWanted = false,
) {
  refuseOtherLever(app, settings);
  // A stored secret goes only to the addresses it was given for.
  app.configuration.requireSendable('lever_client_secret', client.secret, settings);
  const scopes = scopesOf(settings, isConfidentialWanted);
  const redirectUri = redirectUriOf(settings);
  const secrets = await makeLoginSecrets();
  const oauth = new LeverOAuth(settings, client, app.http);
  const authorizeUrl = await oauth.authorizeUrl(secrets, { redirectUri, scopes });
  const place = leverPlaceOf(settings);
  const pending: PendingLogin = { secrets, client, scopes, redirectUri, place };
  const now = app.clock.now();
  const expiresAt = now + LOGIN_MS;
  const toStore = { secrets: JSON.stringify(pending), now, expiresAt };
  await app.database.write((tx) => addLogin(tx, app.sealer, secrets.state, toStore));
  return { authorizeUrl, redirectUri, scopes, expiresAt };
}

/**
 * Throws `conflict` for a login to another Lever than the one in use. Ids of one Lever mean nothing in another, and
 * some are the same everywhere, so a login must never move rules between them.
 */
function refuseOtherLever({ integration, configuration }: LoginApp, settings: Settings): void {
  if (!integration.isInUse()) return;
  const current = leverApiUrl(configuration.current().settings);
  if (leverApiUrl(settings) === current) return;
  throw new AppError(
    'conflict',
    `This integration already uses the Lever at ${current}.`,
    'For another Lever use another data directory (--home DIR), or first run: codesubmit-lever revoke',
  );
}

/**
 * Accepts the URL that the browser ended on (or the part from its `?`), once. Exchanges its code, tests the login with
 * Lever, and starts using it, so everything that waited for it continues. Returns the scopes that were requested but
 * not granted. Throws `usage` when the URL isn't ours, `conflict` when it comes twice or too late, and `vendor` when
 * Lever rejects it or can't be asked.
 */
export async function finishLogin(
  app: LoginApp,
  redirectedUrl: string,
  signal?: AbortSignal,
): Promise<ScopeNeed[]> {
  const { state, code, error } = readReturn(app, redirectedUrl);
  const at = app.clock.now();
  const claimed = await app.database.write((tx) => claimLogin(tx, app.sealer, state, at));
  const pending = JSON.parse(claimed) as PendingLogin;
  // A login that was declined has ended too, so it was claimed first.
  if (code === undefined) throw explainReturn(error);
  // The settings that will apply once the login is used.
  const settings = { ...app.configuration.current().settings, ...pending.place };
  const calling = signal ? withHttp(app, { signal }) : app;
  const oauth = new LeverOAuth(settings, pending.client, calling.http);
  const tokens = await oauth
    .exchangeCode(code, pending.redirectUri, pending.secrets)
    .catch((error: unknown) => {
      throw error instanceof ApiError ? explainExchange(error) : error;
    });
  const grant = grantOf(pending, tokens, at);
  await testLogin({ ...app, ...calling }, settings, grant);
  await adopt(app, pending, grant);
  return missingScopes(pending.scopes, grant.scopes);
}

/** Codes of a failed login. Anything else, such as a full disk, is thrown. */
const LOGIN_FAILURES: readonly AppErrorCode[] = ['usage', 'conflict', 'vendor'];

/**
 * Finishes the login that a browser returns from, and answers it with a page. `query`: the part of its URL from the
 * `?`. Calls `onFailed` when Lever rejected the login or could not be asked. Not for an address that isn't ours, or
 * that comes twice or too late: that says nothing of a login in progress.
 */
export async function answerLogin(
  app: LoginApp,
  query: string,
  signal: AbortSignal,
  onFailed?: (failure: AppError) => void,
): Promise<ReturnType<typeof answerOf>> {
  try {
    const missing = await finishLogin(app, query, signal);
    return answerOf(200, 'Lever is connected', finishedText(missing));
  } catch (error) {
    if (!(error instanceof AppError && LOGIN_FAILURES.includes(error.code))) throw error;
    if (error.code === 'vendor') onFailed?.(error);
    const { message, hint } = error;
    // The return itself was right if Lever couldn't be asked, or says that it failed.
    const status = isPassing(error.cause) ? 502 : 400;
    return answerOf(status, 'Lever is not connected', `${message}\n${hint}`, message);
  }
}

/**
 * Reads the URL of a login's return, or the part from its `?`: it has a code, or OAuth's error code (`unknown` if the
 * text doesn't look like one). Throws `usage` for any other URL. Writes nothing, because anyone may open such a URL.
 */
function readReturn({ database }: LoginApp, text: string) {
  const given = text.trim();
  // The part from the `?` becomes an address too; which one doesn't matter.
  const base = `https://localhost${CALLBACK_PATH}`;
  const parameters = URL.canParse(given, base) ? new URL(given, base).searchParams : undefined;
  const state = onlyValueOf(parameters, 'state');
  if (state === undefined || !isLoginKnown(database, state)) throw unknownLogin();
  const error = onlyValueOf(parameters, 'error');
  if (error !== undefined)
    return { state, code: undefined, error: OAUTH_CODE.test(error) ? error : 'unknown' };
  const code = onlyValueOf(parameters, 'code');
  if (code !== undefined) return { state, code, error: undefined };
  throw new AppError(
    'usage',
    'That URL contains no code. It isn’t the one the browser ended on after Accept.',
    'Open the link, press Accept, and copy the URL from the browser’s address bar.',
  );
}

/**
 * Tests the login with Lever. Throws `vendor` when Lever rejects the login, and for another account than the one in
 * use. Does nothing when the test fails without a rejection: the login needn't fail for that, since its account is
 * compared before its first use.
 */
async function testLogin(app: LoginApp, settings: Settings, grant: Grant): Promise<void> {
  const lever = new LeverClient(app, settings, accessTokenAuth(grant.accessToken));
  try {
    await lever.checkKey();
    const fingerprint = fingerprintOf(app.sealer, settings, grant);
    await requireSameAccount(app, { settings, lever, fingerprint });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') throw explainRefusedLogin(error);
  }
}

/**
 * Stores the login and the settings that it is for: from now on it is used. Throws `usage` if a `revoke` came first.
 */
async function adopt(
  { database, secrets, integration }: LoginApp,
  { secrets: { state }, client, place }: PendingLogin,
  grant: Grant,
): Promise<void> {
  await database.write((tx) => {
    // A `revoke` since the claim has erased it, and wins.
    if (!isLoginKnown(tx, state)) throw unknownLogin();
    saveSettings(tx, { ...place, leverAuth: 'oauth', leverClientId: client.id });
    storeLever(tx, secrets, { kind: 'oauth', client });
    saveGrant(tx, secrets, grant);
    integration.recordAnswered(tx, 'lever');
    integration.bumpVersion(tx);
  });
}

/** What to store of a new login. Throws `vendor` if it can't be renewed. */
function grantOf({ client, scopes }: PendingLogin, tokens: Tokens, now: number): Grant {
  const { accessToken, refreshToken, lifetimeMs } = tokens;
  if (refreshToken === null) {
    throw new AppError(
      'vendor',
      'Lever gave no refresh token, so the login would end within an hour.',
      'Check that the app’s page in Lever has the scope offline_access, then run: codesubmit-lever setup',
    );
  }
  return {
    accessToken,
    refreshToken,
    // By OAuth a reply without scopes grants what was requested.
    scopes: tokens.scopes ?? scopes,
    clientId: client.id,
    loggedInAt: now,
    refreshedAt: now,
    expiresAt: now + lifetimeMs,
  };
}

/** The value of a query parameter; undefined if it is missing, empty or repeated. */
function onlyValueOf(parameters: URLSearchParams | undefined, name: string): string | undefined {
  const [value, ...more] = parameters?.getAll(name) ?? [];
  return value === '' || more.length > 0 ? undefined : value;
}

/** What OAuth's error codes mean when the browser returns: what happened, and what to do. Others mean a new try. */
const AT_RETURN: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  access_denied: [
    'Lever did not grant access: someone declined, or the person is not a Super Admin.',
    'Ask a Super Admin to open the new link: codesubmit-lever setup',
  ],
  invalid_scope: [
    'Lever’s app is not allowed one of the scopes.',
    'Tick the missing scopes on the app’s page in Lever, or set other ones in LEVER_SCOPES. Then run: codesubmit-lever setup',
  ],
  unauthorized_client: [
    'Lever does not allow this client to log in this way.',
    'Check client id, callback and grant types on the app’s page in Lever, then run: codesubmit-lever setup',
  ],
};

/** The error when Lever sent the browser back with OAuth's code `error` instead of a code to exchange. */
function explainReturn(error: string): AppError {
  const [message, hint] = AT_RETURN[error] ?? [`Lever rejected the login (${error}).`, START_AGAIN];
  return new AppError('vendor', message, hint, refusal(error));
}

/** Whether certainly the client was rejected, not its login; `access_denied` may be either. */
export function isClientRefused({ reason }: ApiError): boolean {
  return reason === 'invalid_client' || reason === 'unauthorized_client';
}

/** The error when the code could not be exchanged for tokens. */
export function explainExchange(error: ApiError): AppError {
  const because = (message: string, hint: string) => new AppError('vendor', message, hint, error);
  // Some servers say `access_denied` for a wrong secret.
  if (isClientRefused(error) || error.reason === 'access_denied') {
    return because(
      'Lever rejects the client id or its secret.',
      'Check both on the app’s page in Lever, then run: codesubmit-lever setup --lever-client-id ID --lever-client-secret-file FILE',
    );
  }
  if (error.kind === 'unauthorized') {
    return because(
      `Lever no longer accepts this login (${error.reason}): perhaps its code was already used, is too old, or belongs to another callback.`,
      START_AGAIN,
    );
  }
  return because(
    `The Lever login could not be completed: ${failureInWords(error)}.`,
    'Check the network, HTTPS_PROXY and LEVER_TOKEN_URL, then run: codesubmit-lever setup, and open the new link',
  );
}

/** The error when Lever's API rejects the token from its own login. */
function explainRefusedLogin(error: ApiError): AppError {
  return new AppError(
    'vendor',
    `Lever’s API rejects the login (${error.message}): it has too few permissions, or is for Lever’s other environment or another audience.`,
    'Check LEVER_ENVIRONMENT and LEVER_AUDIENCE, then run: codesubmit-lever setup',
    error,
  );
}

/** The page's URL contains a code, so it must be neither cached nor passed on. */
const LOGIN_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

/**
 * The answer to the browser that a login returned with: status, headers and page. Any `status` but 200 is shown as a
 * failure. Each line of `text` is a paragraph. `why`: for the log, why the login failed; undefined if it didn't.
 */
function answerOf(status: number, title: string, text: string, why?: string) {
  const [mark, color] = status === 200 ? ['✓', '#16803c'] : ['!', '#b45309'];
  const lines = text.split('\n').map((line) => `<p>${escapeHtml(line)}</p>`);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; }
  h1 span { color: ${color}; }
</style>
<h1><span aria-hidden="true">${mark}</span> ${escapeHtml(title)}</h1>
${lines.join('\n')}
</html>
`;
  return { status, headers: LOGIN_PAGE_HEADERS, html, why };
}

/** What the page says once the login is in use. `missing`: the requested scopes that Lever didn't grant. */
function finishedText(missing: readonly ScopeNeed[]): string {
  if (missing.length === 0) return 'You can close this page and return to the terminal.';
  const without = missing.map(({ feature }) => feature).join(', ');
  return `You can close this page. Lever did not grant everything, so this won’t work: ${without}.`;
}
