// The simulated Lever API: checks key, rate and right, then runs the route; and how it is
// registered on a server, behind the faults.
import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { addFaultHooks, entryOf } from '../faults/fault-hooks.js';
import type { RequestEntry } from '../request-log.js';
import { forbidden, SimulatedError } from '../simulated-error.js';
import { accountRoutes } from './account-routes.js';
import { hasRight, type Grant } from './lever-access.js';
import { single, type Query } from './lever-page.js';
import type { LeverAnswer, LeverRoute } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import { noteRoutes } from './note-routes.js';
import { opportunityRoutes } from './opportunity-routes.js';
import { opportunityWriteRoutes } from './opportunity-write-routes.js';
import { postingRoutes } from './posting-routes.js';
import { webhookRoutes } from './webhook-routes.js';

export const leverRoutes: readonly LeverRoute[] = [
  ...accountRoutes,
  ...opportunityRoutes,
  ...opportunityWriteRoutes,
  ...noteRoutes,
  ...postingRoutes,
  ...webhookRoutes,
];

/** Register it under `/v1`; every error is answered as `{code, message}`. */
export function leverApi(world: LeverWorld): FastifyPluginCallback {
  return (scope, _options, done) => {
    addLeverApi(scope, world);
    done();
  };
}

function addLeverApi(scope: FastifyInstance, world: LeverWorld): void {
  addFaultHooks(scope, world);
  scope.setErrorHandler((error, _request, reply) => {
    const { status, body } = leverRefusal(error);
    return reply.code(status).send(body);
  });
  scope.setNotFoundHandler((request, reply) => {
    const message = `there is no route ${request.method} ${request.url}`;
    return reply.code(404).send({ code: 'ResourceNotFound', message });
  });
  for (const route of leverRoutes) {
    scope.route({
      method: route.method,
      url: route.path,
      handler: (request, reply) => {
        const { status, body } = answerLever(world, route, {
          authorization: request.headers.authorization,
          params: request.params as Record<string, string>,
          query: request.query as Query,
          body: request.body,
          entry: entryOf(request),
        });
        return reply.code(status ?? 200).send(body);
      },
    });
  }
}

/** One request, as received. */
export interface LeverRequest {
  authorization: string | undefined;
  params: Record<string, string>;
  query: Query;
  body: unknown;
  /** Where it is recorded. */
  entry: RequestEntry | undefined;
}

/** @throws SimulatedError for what Lever refuses; `leverRefusal` words it. */
export function answerLever(
  world: LeverWorld,
  route: LeverRoute,
  { authorization, params, query, body, entry }: LeverRequest,
): LeverAnswer {
  const performAs = single(query, 'perform_as') ?? null;
  const grant = authenticate(world, authorization);
  if (entry) Object.assign(entry, { caller: grant.id, performAs });
  const isAdmitted = world.rate.admit(grant.id, world.now());
  if (!isAdmitted && world.switches.rateLimit === 'on') {
    throw new SimulatedError(429, 'TooManyRequests', 'The rate limit was exceeded');
  }
  checkRight(world, route, grant);
  checkPerformAs(world, route, performAs);
  return route.answer({ world, grant, params, query, body, performAs });
}

function authenticate(world: LeverWorld, authorization: string | undefined): Grant {
  const grant = world.access.authenticate(authorization);
  if (!grant) throw unknownCaller(authorization);
  if (grant.expiresAt !== null && grant.expiresAt <= world.now()) {
    throw new SimulatedError(401, 'Unauthorized', 'The access token has expired');
  }
  if (grant.isRevoked) {
    throw new SimulatedError(world.switches.revokedKeyAnswer, 'Unauthorized', 'Access was revoked');
  }
  return grant;
}

/** A token of Lever's other environment can't be verified here [D]; theirs are JWTs. */
function unknownCaller(authorization = ''): SimulatedError {
  const isForeign = /^bearer ey[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization);
  if (isForeign) return forbidden('Unable to find a signing key that matches this token');
  return new SimulatedError(401, 'Unauthorized', 'Unknown API key or access token');
}

function checkRight(world: LeverWorld, { right }: LeverRoute, grant: Grant): void {
  const needed = typeof right === 'string' ? right : right(world);
  if (!hasRight(grant, needed)) throw forbidden(`This key lacks the permission ${needed}`);
}

/** Whether `perform_as` is optional is unknown: documented as optional, reported as required. */
function checkPerformAs(world: LeverWorld, route: LeverRoute, performAs: string | null): void {
  const { switches, account } = world;
  if (route.method === 'GET' || route.performAs === 'none') return;
  if (performAs === null) {
    if (switches.performAs === 'optional') return;
    throw new SimulatedError(
      switches.performAsRefusal,
      'BadRequestError',
      'perform_as is required',
    );
  }
  const user = account.users.find(({ id }) => id === performAs);
  const isGood = user !== undefined && user.deactivatedAt === null;
  if (isGood || switches.performAsUser === 'unchecked') return;
  throw new SimulatedError(
    switches.performAsRefusal,
    'Forbidden',
    'perform_as names no active user',
  );
}

export function leverRefusal(error: unknown): { status: number; body: unknown } {
  if (error instanceof SimulatedError) {
    const { status, code, message } = error;
    return { status, body: { code, message } };
  }
  const { statusCode: status = 500, message } = error as { statusCode?: number; message: string };
  const code = status < 500 ? 'BadRequestError' : 'InternalServerError';
  return { status, body: { code, message } };
}
