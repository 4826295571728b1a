// Puts the control routes on a server: the hand that drives both vendors from outside.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply } from 'fastify';
import { z } from 'zod';
import { SimulatedError } from '../simulated-error.js';
import { codeSubmitControls } from './codesubmit-controls.js';
import type { ControlRoute, Worlds } from './control-route.js';
import { faultControls } from './fault-controls.js';
import { leverControls } from './lever-controls.js';
import { opportunityControls } from './opportunity-controls.js';
import { oauthControls } from './oauth-controls.js';
import { webhookControls } from './webhook-controls.js';

const routes: ControlRoute[] = [
  ...faultControls,
  ...leverControls,
  ...opportunityControls,
  ...webhookControls,
  ...oauthControls,
  ...codeSubmitControls,
];

/** To be registered under `/_simulator`; no fault strikes it and no log lists it. */
export function controlApi(worlds: Worlds): FastifyPluginCallback {
  return (scope, _options, done) => {
    addControlApi(scope, worlds);
    done();
  };
}

function addControlApi(scope: FastifyInstance, worlds: Worlds): void {
  scope.setErrorHandler((error, _request, reply) => refuse(error, reply));
  scope.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${request.url} is no control route`;
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
