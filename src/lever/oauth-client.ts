/** Lever's OAuth 2.0: the authorize URL, and the two exchanges at the token endpoint. */
import type { Configuration, TokenEndpointResponse } from 'openid-client';
import { parseBaseUrl } from '../domain/base-url.js';
import { SECOND_MS } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { HttpSettings } from '../net/http-client.js';
import { parseScopes, type OAuthEndpoints } from './login-settings.js';
import { TOKEN_ROUTE, LONGEST_TOKEN_REQUEST_MS, tokenFetch } from './token-request.js';

/** Loads the library only for a login: with an API key nothing needs it. */
const loadLibrary = () => import('openid-client');
type Library = Awaited<ReturnType<typeof loadLibrary>>;

/** OAuth's codes for temporary refusals. */
const TEMPORARY_CODES = new Set(['temporarily_unavailable', 'server_error']);
const CODE = /^[a-z][a-z0-9_]{2,50}$/;

/**
 * Returns the `ApiError` to throw, with OAuth's code as reason, such as `invalid_grant`. Returns anything unforeseen
 * unchanged.
 */
function toTokenFailure({ ResponseBodyError, ClientError }: Library, error: unknown): unknown {
  if (error instanceof ResponseBodyError) return refusal(error.error, error.status);
  if (!(error instanceof ClientError)) return error;
  if (error.cause instanceof ApiError) return error.cause;
  // A 4xx in Lever's own format rather than OAuth's. Lever doesn't document its answer after a revocation.
  if (error.cause instanceof Response) return refusal('refused', error.cause.status);
  const reason = 'no token in reply';
  return new ApiError({ vendor: 'lever', kind: 'unavailable', route: TOKEN_ROUTE, reason });
}

function refusal(code: string, status: number): ApiError {
  const reason = CODE.test(code) ? code : 'refused';
  const facts = { vendor: 'lever', route: TOKEN_ROUTE, reason } as const;
  return TEMPORARY_CODES.has(code)
    ? new ApiError({ ...facts, kind: 'unavailable' })
    : new ApiError({ ...facts, kind: 'unauthorized', status });
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

  /** @throws AppError `configuration` for an address that is neither https nor loopback. */
  constructor(
    private readonly endpoints: OAuthEndpoints,
    private readonly client: OAuthClient,
    private readonly http: HttpSettings,
  ) {
    this.#authorizeUrl = parseBaseUrl('LEVER_AUTHORIZE_URL', endpoints.authorizeUrl);
    this.#tokenUrl = parseBaseUrl('LEVER_TOKEN_URL', endpoints.tokenUrl);
  }

  #configure(library: Library): Configuration {
    const tokenUrl = this.#tokenUrl;
    const configuration = new library.Configuration(
      {
        // Lever names no issuer. Nothing checked against this value is ever passed on.
        issuer: tokenUrl.origin,
        authorization_endpoint: this.#authorizeUrl.href,
        token_endpoint: tokenUrl.href,
      },
      this.client.id,
      undefined,
      library.ClientSecretPost(this.client.secret),
    );
    configuration[library.customFetch] = tokenFetch(tokenUrl, this.http);
    configuration.timeout = LONGEST_TOKEN_REQUEST_MS / SECOND_MS;
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
      audience: this.endpoints.audience,
      prompt: 'consent',
      // We send it although Lever doesn't document it, and don't rely on Lever to check it.
      code_challenge: await library.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /** @throws ApiError `unauthorized` when the code or the client is rejected. */
  async exchangeCode(code: string, redirectUri: string, secrets: LoginSecrets): Promise<Tokens> {
    const redirected = new URL(redirectUri);
    redirected.search = new URLSearchParams({ code, state: secrets.state }).toString();
    return this.#ask((library, configuration) =>
      library.authorizationCodeGrant(configuration, redirected, {
        expectedState: secrets.state,
        pkceCodeVerifier: secrets.codeVerifier,
      }),
    );
  }

  /** Uses up the refresh token. @throws ApiError `unauthorized` if it or the client is rejected. */
  async refresh(refreshToken: string): Promise<Tokens> {
    return this.#ask((library, configuration) =>
      library.refreshTokenGrant(configuration, refreshToken),
    );
  }

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
