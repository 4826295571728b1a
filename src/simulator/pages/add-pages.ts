// Adds a vendor's pages to its server, in one frame; errors become pages too.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { addFormParser } from '../form-parser.js';
import { forbidden, SimulatedError } from '../simulated-error.js';
import { html } from './html.js';
import { documentOf, type Frame } from './page-frame.js';
import { type Page, type PageCall, type PageRoute, ShownOnce } from './page-route.js';
import { stylesheet } from './stylesheet.js';

export interface Pages<World> {
  world: World;
  frame: Frame;
  routes: PageRoute<World>[];
  /** Scripts by path. */
  scripts?: Record<string, string>;
}

/** Faults don't apply to them, and they aren't logged. */
export function pages<World>(given: Pages<World>): FastifyPluginCallback {
  return (scope, _options, done) => {
    addFormParser(scope);
    addGuards(scope);
    addAssets(scope, given.scripts ?? {});
    addRoutes(scope, given);
    done();
  };
}

function addRoutes<World>(scope: FastifyInstance, { world, frame, routes }: Pages<World>): void {
  const shownOnce = new ShownOnce();
  const send = (reply: FastifyReply, shown: Page) =>
    reply.type('text/html; charset=utf-8').send(documentOf(frame, shown));
  scope.setErrorHandler((error, request, reply) => {
    const { status, message } = wordsFor(error);
    return send(reply.code(status), errorPage(message, request.headers.referer));
  });
  for (const { method, path, answer } of routes) {
    scope.route({
      method,
      url: path,
      handler: async (request, reply) => {
        const answered = await answer(world, callOf(request, shownOnce));
        if ('goTo' in answered) return reply.redirect(answered.goTo, 303);
        return send(reply, answered);
      },
    });
  }
}

function callOf({ params, query, body }: FastifyRequest, shownOnce: ShownOnce): PageCall {
  return {
    params: params as PageCall['params'],
    query: query as PageCall['query'],
    form: body,
    shownOnce,
  };
}

/** Another site's form changes nothing here, and pages run no script but ours. */
function addGuards(scope: FastifyInstance): void {
  scope.addHook('onRequest', async ({ method, headers }, reply) => {
    reply.headers({
      'content-security-policy':
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    });
    const isOwn = headers.origin === undefined || headers.origin === `http://${headers.host}`;
    if (method === 'POST' && !isOwn) throw forbidden('This form came from another site');
  });
}

function addAssets(scope: FastifyInstance, scripts: Record<string, string>): void {
  scope.get('/_pages/style.css', (_request, reply) => reply.type('text/css').send(stylesheet));
  scope.get('/favicon.ico', (_request, reply) => reply.code(204).send());
  for (const [path, script] of Object.entries(scripts)) {
    scope.get(path, (_request, reply) => reply.type('text/javascript').send(script));
  }
}

function wordsFor(error: unknown): { status: number; message: string } {
  if (error instanceof z.ZodError) return { status: 400, message: z.prettifyError(error) };
  if (error instanceof SimulatedError) return error;
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  return { status: statusCode, message };
}

function errorPage(message: string, referer: string | undefined): Page {
  const back = referer?.startsWith('http://') ? referer : '/';
  const body = html`<section class="box">
    <h1>That didn’t work</h1>
    <p class="error" data-testid="error">${message}</p>
    <p><a href="${back}">Back</a></p>
  </section>`;
  return { title: 'That didn’t work', body, shape: 'window' };
}
