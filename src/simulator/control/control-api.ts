// Registers the control routes, which tests use to drive both vendors.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SimulatedError } from '../simulated-error.js';
import { codeSubmitControls } from './codesubmit-controls.js';
import type { ControlRoute, Worlds } from './control-route.js';
import { faultControls } from './fault-controls.js';
import { leverControls } from './lever-controls.js';
import { opportunityControls } from './opportunity-controls.js';
import { oauthControls } from './oauth-controls.js';
import { webhookControls } from './webhook-controls.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

const routes: ControlRoute[] = [
  ...faultControls,
  ...leverControls,
  ...opportunityControls,
  ...webhookControls,
  ...oauthControls,
  ...codeSubmitControls,
];

/** Register it under `/_simulator`; faults don't apply to it, and it isn't logged. */
export function controlApi(worlds: Worlds): FastifyPluginCallback {
  return (scope, _options, done) => {
    addControlApi(scope, worlds);
    done();
  };
}

function addControlApi(scope: FastifyInstance, worlds: Worlds): void {
  scope.setErrorHandler((error, _request, reply) => refuse(error, reply));
  scope.addHook('onRequest', (request, reply, done) => {
    if (isFromHere(request)) done();
    else
      void reply
        .code(403)
        .send({ code: 'Forbidden', message: 'only for programs on this machine' });
  });
  scope.setNotFoundHandler((request, reply) => {
    const message = `there is no control route ${request.method} ${request.url}`;
    return reply.code(404).send({ code: 'ResourceNotFound', message });
  });
  for (const { method, path, run } of routes) {
    scope.route({
      method,
      url: path,
      handler: async (request, reply) => {
        const answer = await run(worlds, method === 'GET' ? request.query : request.body);
        return reply.send(answer);
      },
    });
  }
}

/**
 * A web page whose host name points to this machine sends its own name as `Host`, or as `Origin`.
 */
function isFromHere({ headers }: FastifyRequest): boolean {
  const { host = '', origin } = headers;
  return isLoopback(`http://${host}`) && (origin === undefined || isLoopback(origin));
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.has(new URL(url).hostname);
}

function refuse(error: unknown, reply: FastifyReply) {
  if (error instanceof z.ZodError) {
    return reply.code(400).send({ code: 'BadRequestError', message: z.prettifyError(error) });
  }
  if (error instanceof SimulatedError) {
    const { status, code, message } = error;
    return reply.code(status).send({ code, message });
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  return reply.code(statusCode).send({ code: 'Unexpected', message });
}
