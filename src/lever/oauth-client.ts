/**
 * Lever's OAuth 2.0: the authorize URL, and the two exchanges at the token endpoint: one POST each, no redirect,
 * bounded in time and size.
 */
import type { Configuration, CustomFetch, TokenEndpointResponse } from 'openid-client';
import { SECOND_MS } from '../domain/clock.js';
import { ApiError, type ApiErrorFacts, type ApiErrorKind } from '../domain/errors.js';
import type { HttpSettings } from '../net/http-client.js';
import {
  connectionAgents,
  judgeStatus,
  parseBody,
  retryAfterMs,
  sendRequest,
  WireFailure,
  type WireReply,
} from '../net/send-request.js';
import type { Settings } from '../store/settings/settings.js';
import { LEVER_ENVIRONMENTS, parseBaseUrl } from '../store/settings/vendor-addresses.js';
import { parseScopes } from './rights.js';

/** Loads the library only for a login: with an API key nothing needs it. */
const loadLibrary = () => import('openid-client');
type Library = Awaited<ReturnType<typeof loadLibrary>>;

/** OAuth's codes for temporary refusals. */
const TEMPORARY_CODES = new Set(['temporarily_unavailable', 'server_error']);
/** The form of OAuth's error codes. */
export const OAUTH_CODE = /^[a-z][a-z0-9_]{2,50}$/;

/**
 * The error to throw when a token request failed: an `ApiError`, with OAuth's code as reason, such as `invalid_grant`.
 * An error that neither the library nor our own code foresees is returned unchanged.
 */
function toTokenFailure({ ResponseBodyError, ClientError }: Library, error: unknown): unknown {
  if (error instanceof ResponseBodyError) return refusal(error.error, error.status);
  if (!(error instanceof ClientError)) return error;
  // From `tokenFetch`: no answer that settles the request.
  if (error.cause instanceof ApiError) return error.cause;
  // A 4xx in Lever's own format rather than OAuth's. Lever doesn't document its answer after a revocation.
  if (error.cause instanceof Response) return refusal('refused', error.cause.status);
  return passingFailure({ reason: 'no token in reply' });
}

/**
 * The error for a login or token request that was refused with OAuth's `code`: `unavailable` if the code says that it
 * will pass, else `unauthorized`. The code is quoted only if it has OAuth's form.
 */
export function refusal(code: string, status?: number): ApiError {
  if (TEMPORARY_CODES.has(code)) return passingFailure({ reason: code });
  const reason = OAUTH_CODE.test(code) ? code : 'refused';
  return new ApiError({
    vendor: 'lever',
    kind: 'unauthorized',
    route: TOKEN_ROUTE,
    status,
    reason,
  });
}

export interface OAuthClient {
  id: string;
  secret: string;
}

/** Secrets to keep until the browser is back. */
export interface LoginSecrets {
  state: string;
  codeVerifier: string;
}

export interface Tokens {
  accessToken: string;
  /** Null when the reply had none: then the one that was sent, if any, stays valid. */
  refreshToken: string | null;
  lifetimeMs: number;
  /** Null when the reply doesn't say: then what was requested, by RFC 6749. */
  scopes: string[] | null;
}

/** Lever's documented lifetime of a token, for replies that don't say. */
const USUAL_LIFETIME_S = 3_600;

/** Makes random, unguessable secrets for one login. */
export async function makeLoginSecrets(): Promise<LoginSecrets> {
  const { randomState, randomPKCECodeVerifier } = await loadLibrary();
  return { state: randomState(), codeVerifier: randomPKCECodeVerifier() };
}

export class LeverOAuth {
  readonly #authorizeUrl: URL;
  readonly #tokenUrl: URL;
  readonly #audience: string;

  /** @throws AppError `configuration` for an address that is neither https nor loopback. */
  constructor(
    readonly settings: Settings,
    readonly client: OAuthClient,
    private readonly http: HttpSettings,
  ) {
    const { leverEnvironment, leverAuthorizeUrl, leverTokenUrl, leverAudience } = settings;
    const usual = LEVER_ENVIRONMENTS[leverEnvironment];
    this.#authorizeUrl = parseBaseUrl('LEVER_AUTHORIZE_URL', leverAuthorizeUrl ?? usual.authorize);
    this.#tokenUrl = parseBaseUrl('LEVER_TOKEN_URL', leverTokenUrl ?? usual.token);
    this.#audience = leverAudience ?? usual.audience;
  }

  /** What the library needs to know of Lever and of our client. Made for each request: it holds no state. */
  #configure(library: Library): Configuration {
    const tokenUrl = this.#tokenUrl;
    const configuration = new library.Configuration(
      {
        // Lever names no issuer, but the library demands one. It would compare it with an `iss` and with id tokens, and
        // gets neither: `exchangeCode` and `tokenFetch` leave them out.
        issuer: tokenUrl.origin,
        authorization_endpoint: this.#authorizeUrl.href,
        token_endpoint: tokenUrl.href,
      },
      this.client.id,
      undefined,
      library.ClientSecretPost(this.client.secret),
    );
    configuration[library.customFetch] = tokenFetch(tokenUrl, this.http);
    configuration.timeout = TOKEN_REQUEST_MS / SECOND_MS;
    // "Deprecated" only as a warning sign. The two addresses are https, or verified loopback.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    library.allowInsecureRequests(configuration);
    return configuration;
  }

  /** The URL that a Super Admin must open. */
  async authorizeUrl(
    { state, codeVerifier }: LoginSecrets,
    { redirectUri, scopes }: { redirectUri: string; scopes: readonly string[] },
  ): Promise<string> {
    const library = await loadLibrary();
    const url = library.buildAuthorizationUrl(this.#configure(library), {
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
      audience: this.#audience,
      prompt: 'consent',
      // We send it although Lever doesn't document it, and don't rely on Lever to check it.
      code_challenge: await library.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /**
   * Exchanges the code that the browser came back with for tokens. @throws ApiError `unauthorized` when the code or the
   * client is rejected.
   */
  async exchangeCode(code: string, redirectUri: string, secrets: LoginSecrets): Promise<Tokens> {
    // The library takes the URL that the browser ended on; only its code and state matter.
    const redirected = new URL(redirectUri);
    redirected.search = new URLSearchParams({ code, state: secrets.state }).toString();
    return this.#ask((library, configuration) =>
      library.authorizationCodeGrant(configuration, redirected, {
        expectedState: secrets.state,
        pkceCodeVerifier: secrets.codeVerifier,
      }),
    );
  }

  /**
   * Exchanges the refresh token, which is used up by that, for new tokens. @throws ApiError `unauthorized` if it or the
   * client is rejected.
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    return this.#ask((library, configuration) =>
      library.refreshTokenGrant(configuration, refreshToken),
    );
  }

  /** Makes one token request. What the reply leaves out becomes null, or the usual lifetime. Throws `ApiError`. */
  async #ask(
    request: (library: Library, configuration: Configuration) => Promise<TokenEndpointResponse>,
  ): Promise<Tokens> {
    const library = await loadLibrary();
    try {
      const reply = await request(library, this.#configure(library));
      const { access_token, refresh_token, expires_in, scope } = reply;
      return {
        accessToken: access_token,
        refreshToken: refresh_token ?? null,
        lifetimeMs: (expires_in ?? USUAL_LIFETIME_S) * SECOND_MS,
        scopes: scope === undefined ? null : parseScopes(scope),
      };
    } catch (error) {
      throw toTokenFailure(library, error);
    }
  }
}

export const TOKEN_ROUTE = 'POST /oauth/token';

/** A reply with two tokens takes a few kilobytes. */
const MAX_BYTES = 256 * 1024;

/** The longest that a token request takes, whatever the other side does. */
export const TOKEN_REQUEST_MS = 30_000;

/**
 * A fetch that the library makes its token requests with. It returns what the token endpoint granted or refused. If
 * there is no such answer, it throws an `ApiError`: `unavailable` or `rate_limited`, never an unknown outcome, because
 * a token request changes nothing in Lever's data. It connects only to `tokenUrl`.
 */
export function tokenFetch(tokenUrl: URL, http: HttpSettings): CustomFetch {
  const { writes } = connectionAgents(tokenUrl);
  return async (url, { body, headers }) => {
    if (url !== tokenUrl.href) throw new Error('only the token endpoint is ever asked');
    const startedAt = performance.now();
    let outcome: 'ok' | ApiErrorKind = 'ok';
    try {
      const reply = await sendRequest({
        method: 'POST',
        url: tokenUrl,
        headers: { ...headers, 'user-agent': `codesubmit-lever/${http.version}` },
        agents: writes,
        // The library sends a form.
        body: (body as URLSearchParams).toString(),
        totalMs: http.timeoutMs ?? TOKEN_REQUEST_MS,
        maxBytes: MAX_BYTES,
        signal: http.signal,
      });
      return toResponse(reply);
    } catch (error) {
      const isLost = error instanceof WireFailure;
      const { origin } = tokenUrl;
      const failure = isLost ? passingFailure({ reason: error.message, origin }) : error;
      if (failure instanceof ApiError) outcome = failure.kind;
      throw failure;
    } finally {
      const durationMs = performance.now() - startedAt;
      http.onExchange?.({ vendor: 'lever', route: TOKEN_ROUTE, durationMs, outcome });
    }
  };
}

/**
 * The reply for the library: the JSON object of a 2xx or 4xx. Throws `unavailable` or `rate_limited` for any other.
 * Drops an ID token, which we don't request and whose issuer is unknown. Drops all headers: the body says more than
 * `WWW-Authenticate`.
 */
function toResponse(reply: WireReply): Response {
  const { status, text, headers } = reply;
  // Judged as a read: a token request changes nothing in Lever's data, so no outcome is unknown.
  const verdict = judgeStatus(status, false);
  if (verdict?.kind === 'rate_limited') {
    const { kind, reason } = verdict;
    throw passingFailure({ kind, reason, retryAfterMs: retryAfterMs(headers) });
  }
  // A 4xx says why the login is refused, except a 408, which comes from something in between.
  const isAnswer = status < 300 || (status >= 400 && status < 500 && status !== 408);
  if (verdict && !isAnswer) throw passingFailure({ reason: `${verdict.reason} ${String(status)}` });
  const parsed = parseBody(text);
  if (!parsed.isJson)
    throw passingFailure({ reason: `${parsed.reason}, status ${String(status)}` });
  const body = typeof parsed.value === 'object' ? { ...parsed.value, id_token: undefined } : {};
  return Response.json(body, { status: status < 300 ? 200 : status });
}

/**
 * The error for a token request without an answer that settles it, so it is tried again: `unavailable`, unless `facts`
 * give another kind. It has no status: that would seem to be about the record for which a token was needed.
 */
function passingFailure(
  facts: Pick<ApiErrorFacts, 'reason' | 'origin' | 'retryAfterMs'> & { kind?: ApiErrorKind },
): ApiError {
  // The caller gives a `kind` only for `rate_limited`.
  return new ApiError({ vendor: 'lever', kind: 'unavailable', route: TOKEN_ROUTE, ...facts });
}
