// Reads the query of `/authorize`, and answers it as the person in the authorize window decides.
import { SimulatedError } from '../../simulated-error.js';
import { single, type Query } from '../lever-page.js';
import type { LeverWorld } from '../lever-world.js';
import type { AuthorizeRequest, OAuthClient } from './oauth-records.js';
import { scopesIn } from './oauth-scopes.js';

/** An error reported to the app: the browser goes back to it at once. */
export interface SentBack {
  redirectTo: string;
}

/**
 * What the window asks for, or where the browser goes at once.
 * @throws a 400 or 403 shown on Lever's page, for an unknown app or callback.
 */
export function readAuthorize(world: LeverWorld, query: Query): AuthorizeRequest | SentBack {
  const client = clientIn(world, query);
  const redirectUri = callbackIn(world, client, query);
  const state = single(query, 'state');
  const wrong = wrongIn(world, query);
  if (wrong) return { redirectTo: backTo(redirectUri, { ...wrong, state }) };
  const scopes = grantableScopes(world, client, query);
  const codeChallenge = single(query, 'code_challenge') ?? null;
  return { client, redirectUri, state, scopes, codeChallenge };
}

/**
 * Accept or Deny; returns where the browser goes. Only a Super Admin can authorize: others find out
 * at the very end [D].
 */
export function answerAuthorize(
  world: LeverWorld,
  request: AuthorizeRequest,
  { userId, isAccepted }: { userId: string; isAccepted: boolean },
): string {
  const { redirectUri, state } = request;
  const refuse = (error_description: string) =>
    backTo(redirectUri, { error: 'access_denied', error_description, state });
  if (!isAccepted) return refuse('User did not authorize the request');
  const user = world.account.getUser(userId);
  if (user.accessRole !== 'super admin' || user.deactivatedAt !== null) {
    return refuse('Only a Super Admin can authorize this app');
  }
  return backTo(redirectUri, { code: world.authorizations.issueCode(request, userId), state });
}

function clientIn(world: LeverWorld, query: Query): OAuthClient {
  const client = world.oauthClients.all.get(single(query, 'client_id') ?? '');
  if (client) return client;
  throw new SimulatedError(403, 'invalid_request', 'Unknown client: there is no such client_id');
}

/** Production requires https; plain-http localhost works in sandbox only [D]. */
function callbackIn(world: LeverWorld, client: OAuthClient, query: Query): string {
  const redirectUri = single(query, 'redirect_uri') ?? '';
  if (!client.callbacks.includes(redirectUri)) {
    const message = `Callback URL mismatch: ${redirectUri} is not one of this app's callbacks`;
    throw new SimulatedError(403, 'invalid_request', message);
  }
  const isPlain = redirectUri.startsWith('http:');
  if (!isPlain || world.switches.environment === 'sandbox') return redirectUri;
  throw new SimulatedError(
    403,
    'invalid_request',
    'Production accounts accept https callbacks only',
  );
}

function wrongIn(world: LeverWorld, query: Query) {
  const method = single(query, 'code_challenge_method') ?? 'plain';
  if (single(query, 'response_type') !== 'code') {
    return { error: 'unsupported_response_type', error_description: 'response_type must be code' };
  }
  if (single(query, 'code_challenge') !== undefined && method !== 'S256') {
    return { error: 'invalid_request', error_description: 'code_challenge_method must be S256' };
  }
  const audience = single(query, 'audience');
  if (audience !== foreignAudience(world)) return undefined;
  return { error: 'access_denied', error_description: `Service not found: ${audience}` };
}

/** Without the audience, trailing slash included, consent covers only `offline_access` [D]. */
function grantableScopes(world: LeverWorld, client: OAuthClient, query: Query): string[] {
  const audience = single(query, 'audience') ?? '';
  const isGood = [`${world.origin}/v1/`, ownAudience(world)].includes(audience);
  return scopesIn(single(query, 'scope') ?? '').filter((scope) =>
    scope === 'offline_access' ? true : isGood && client.scopes.includes(scope),
  );
}

const audiences = {
  production: 'https://api.lever.co/v1/',
  sandbox: 'https://api.sandbox.lever.co/v1/',
};

function ownAudience({ switches }: LeverWorld): string {
  return audiences[switches.environment];
}

function foreignAudience({ switches }: LeverWorld): string {
  return audiences[switches.environment === 'sandbox' ? 'production' : 'sandbox'];
}

function backTo(redirectUri: string, answer: Record<string, string | undefined>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}
