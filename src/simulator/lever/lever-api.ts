// The simulated Lever API: checks key, rate and right, then runs the route; and how it is
// registered on a server, behind the faults.
import type { FastifyInstance } from 'fastify';
import { addFaultHooks, entryOf } from '../faults/fault-hooks.js';
import type { RequestEntry } from '../request-log.js';
import { forbidden, SimulatedError } from '../simulated-error.js';
import { hasRight, type Grant } from './lever-access.js';
import { single, type Query } from './lever-page.js';
import type { LeverAnswer, LeverRoute } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import { readRoutes } from './read-routes.js';
import { writeRoutes } from './write-routes.js';

export const leverRoutes: readonly LeverRoute[] = [...readRoutes, ...writeRoutes];

/** Adds Lever's routes to a server, behind the faults, to be registered under `/v1`. Errors are `{code, message}`. */
export const leverApi = (world: LeverWorld) => async (scope: FastifyInstance) => {
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
};

/** One request, as received. */
export interface LeverRequest {
  authorization: string | undefined;
  params: Record<string, string>;
  query: Query;
  body: unknown;
  /** Where it is recorded. */
  entry: RequestEntry | undefined;
}

/**
 * Answers one request: checks the key, the rate, the right and the acting user, in this order, then does what the route
 * does. @throws SimulatedError for what Lever refuses; `leverRefusal` words it.
 */
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
  checkRight(route, grant);
  checkPerformAs(world, route, performAs);
  return route.answer({ world, grant, id: params['id'] ?? '', query, body, performAs });
}

/** The key or token of the request. @throws a 401 for one that is unknown, revoked or expired. */
function authenticate(world: LeverWorld, authorization: string | undefined): Grant {
  const grant = world.access.authenticate(authorization);
  if (!grant) throw unauthorized('Unknown API key or access token');
  if (grant.isRevoked) throw unauthorized('Access was revoked');
  if (grant.expiresAt === null || grant.expiresAt > world.now()) return grant;
  throw unauthorized('The access token has expired');
}

function unauthorized(message: string): SimulatedError {
  return new SimulatedError(401, 'Unauthorized', message);
}

/** @throws a 403 if the key or token lacks the right that the route needs. */
function checkRight({ right }: LeverRoute, grant: Grant): void {
  if (!hasRight(grant, right)) throw forbidden(`This key lacks the permission ${right}`);
}

/**
 * @throws what the switch says if a write names no acting user although one is required, or names one who isn't active.
 * Whether `perform_as` is optional is unknown: documented as optional, reported as required.
 */
function checkPerformAs(world: LeverWorld, { method }: LeverRoute, performAs: string | null): void {
  const { switches, account } = world;
  if (method === 'GET' || (performAs === null && switches.performAs === 'optional')) return;
  const user = account.users.find(({ id }) => id === performAs);
  if (user?.deactivatedAt === null) return;
  const words = performAs === null ? 'perform_as is required' : 'perform_as names no active user';
  throw new SimulatedError(switches.performAsRefusal, 'BadRequestError', words);
}

/**
 * The answer to an error, in Lever's form. An error that isn't ours is the server's, such as a body that is no JSON, or
 * a mistake of the simulator (500).
 */
export function leverRefusal(error: unknown): { status: number; body: unknown } {
  if (error instanceof SimulatedError) {
    const { status, code, message } = error;
    return { status, body: { code, message } };
  }
  const { statusCode: status = 500, message } = error as { statusCode?: number; message: string };
  const code = status < 500 ? 'BadRequestError' : 'InternalServerError';
  return { status, body: { code, message } };
}
