/**
 * A third-party authorization server (oidc-provider): refresh tokens rotate, and a reused one ends
 * the grant.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import Provider, { type Configuration } from 'oidc-provider';
import { defaultScopes } from '../../src/lever/rights.js';
import { closeServer, listen } from '../support/local-server.js';

export const CLIENT = { id: 'bridge', secret: 'canary-client-secret-4f1d' };

function configurationOf(redirectUris: readonly string[], scopes: readonly string[]) {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [...redirectUris],
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    scopes: ['openid', ...scopes],
    rotateRefreshToken: true,
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['a key that is for this test alone'] },
    ttl: { AccessToken: 3600, Grant: 86_400, Interaction: 3600, RefreshToken: 86_400, Session: 60 },
  } satisfies Configuration;
}

export class OidcServer {
  /** What the user grants; null declines. */
  granted: string[] | null = defaultScopes(true);

  private constructor(
    readonly origin: string,
    readonly provider: Provider,
    private readonly server: Server,
  ) {}

  static async start(redirectUris: readonly string[]): Promise<OidcServer> {
    const server = createServer();
    const origin = await listen(server);
    const provider = new Provider(origin, configurationOf(redirectUris, defaultScopes(true)));
    const made = new OidcServer(origin, provider, server);
    const callback = provider.callback();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const isInteraction = request.url?.startsWith('/interaction/') === true;
      void (isInteraction ? made.#interact(request, response) : callback(request, response));
    });
    return made;
  }

  get authorizeUrl(): string {
    return `${this.origin}/auth`;
  }

  get tokenUrl(): string {
    return `${this.origin}/token`;
  }

  /** Whether an access token is valid now. */
  async isGood(accessToken: string): Promise<boolean> {
    return (await this.provider.AccessToken.find(accessToken)) !== undefined;
  }

  close(): Promise<void> {
    return closeServer(this.server);
  }

  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { provider, granted } = this;
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    const accountId = session?.accountId ?? 'super-admin';
    if (granted === null) {
      const error = { error: 'access_denied', error_description: 'User <b>said</b> no' };
      await provider.interactionFinished(request, response, error);
    } else if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, { login: { accountId } });
    } else {
      const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
      grant.addOIDCScope(granted.join(' '));
      const asked = String(params.scope).split(' ');
      const refused = asked.filter((scope) => !granted.includes(scope));
      grant.rejectOIDCScope(refused.join(' '));
      const consent = { consent: { grantId: await grant.save() } };
      await provider.interactionFinished(request, response, consent, {
        mergeWithLastSubmission: true,
      });
    }
  }
}
