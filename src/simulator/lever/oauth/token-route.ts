// `POST /oauth/token`: codes and refresh tokens in, access tokens out.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { addFaultHooks, entryOf } from '../../faults/fault-hooks.js';
import { addFormParser } from '../../form-parser.js';
import { fieldOf } from '../lever-route.js';
import type { LeverWorld } from '../lever-world.js';
import { OAuthError } from './authorizations.js';
import type { OAuthClient, TokenReply } from './oauth-records.js';

/** Accepts forms and JSON; faults apply as to the API. */
export function tokenRoute(world: LeverWorld): FastifyPluginCallback {
  return (scope, _options, done) => {
    addTokenRoute(scope, world);
    done();
  };
}

function addTokenRoute(scope: FastifyInstance, world: LeverWorld): void {
  addFaultHooks(scope, world);
  addFormParser(scope);
  scope.setErrorHandler((error, _request, reply) => refuse(error, reply));
  scope.post('/oauth/token', (request, reply) => {
    const client = authenticate(world, request);
    const entry = entryOf(request);
    if (entry) entry.caller = client.id;
    return reply.header('cache-control', 'no-store').send(grant(world, client, request.body));
  });
}

function grant(world: LeverWorld, client: OAuthClient, body: unknown): TokenReply {
  const type = fieldOf(body, 'grant_type');
  if (type === 'refresh_token') {
    return world.authorizations.refresh(client, needed(body, 'refresh_token'));
  }
  if (type === 'authorization_code') {
    const verifier = fieldOf(body, 'code_verifier');
    return world.authorizations.exchange(client, {
      code: needed(body, 'code'),
      redirectUri: needed(body, 'redirect_uri'),
      verifier: typeof verifier === 'string' ? verifier : undefined,
    });
  }
  throw new OAuthError(400, 'unsupported_grant_type', 'Use authorization_code or refresh_token');
}

/** The secret in the body or as HTTP Basic. @throws a 401, worded as `wrongSecretError` says. */
function authenticate(world: LeverWorld, { headers, body }: FastifyRequest): OAuthClient {
  const [id, secret] = basicPair(headers.authorization) ?? [
    fieldOf(body, 'client_id'),
    fieldOf(body, 'client_secret'),
  ];
  const client = typeof id === 'string' ? world.oauthClients.all.get(id) : undefined;
  if (client && client.secret === secret) return client;
  throw new OAuthError(401, world.switches.wrongSecretError, 'Unauthorized');
}

/** Both parts are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basicPair(authorization = ''): string[] | undefined {
  const [scheme = '', value = ''] = authorization.split(' ');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [id = '', secret = ''] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return [id, secret].map((part) => new URLSearchParams(`part=${part}`).get('part') ?? '');
}

function needed(body: unknown, field: string): string {
  const value = fieldOf(body, field);
  if (typeof value === 'string' && value !== '') return value;
  throw new OAuthError(400, 'invalid_request', `Missing required parameter: ${field}`);
}

function refuse(error: unknown, reply: FastifyReply) {
  if (error instanceof OAuthError) {
    reply.code(error.status);
    return reply.send({ error: error.error, error_description: error.message });
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  return reply.code(statusCode).send({ error: 'invalid_request', error_description: message });
}
