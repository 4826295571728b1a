// `POST /oauth/token` on the simulated Lever; faults apply as to the API.
import type { FastifyPluginCallback } from 'fastify';
import { addFaultHooks } from '../faults/fault-hooks.js';
import { SimulatedError } from '../simulated-error.js';
import type { LeverWorld } from './lever-world.js';

/**
 * The plugin that serves the token endpoint, behind the same faults as the API. It takes a form, and answers errors as
 * OAuth does: an unforeseen one is `invalid_request`.
 */
export function tokenRoute(world: LeverWorld): FastifyPluginCallback {
  return (scope, _options, done) => {
    addFaultHooks(scope, world);
    const type = 'application/x-www-form-urlencoded';
    scope.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, parsed) => {
      parsed(null, Object.fromEntries(new URLSearchParams(String(body))));
    });
    scope.setErrorHandler((error, _request, reply) => {
      const known = error instanceof SimulatedError ? error : undefined;
      return reply.code(known?.status ?? 400).send(known?.body ?? { error: 'invalid_request' });
    });
    scope.post('/oauth/token', ({ body }) => world.oauth.token(body));
    done();
  };
}
