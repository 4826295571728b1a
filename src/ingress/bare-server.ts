/** An HTTP server with the limits of every door of ours, and how each of them answers; it has no route yet. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { MINUTE_MS } from '../domain/clock.js';
import { BodyReader } from './body-reader.js';
import { limitConnections } from './connection-limit.js';
import { serveOneByOne } from './one-request.js';

/** A whole request must arrive within this; Lever's deliveries are small. */
const REQUEST_TIMEOUT_MS = 20_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often both are looked at. */
const TIMEOUT_CHECK_MS = 2_000;
/** Whoever takes no answer off us, or sends nothing, is gone after this. */
const SILENCE_TIMEOUT_MS = MINUTE_MS;
/** What setup sends along to see that it is this very daemon that answers. */
const NONCE = /^[0-9a-f]{1,64}$/;
const RETRY_AFTER_SECONDS = '30';

export function createBareServer(rewritePath: (url: string) => string): FastifyInstance {
  const server = Fastify({
    logger: false,
    serverFactory: createHttpServer,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    rewriteUrl: (request) => rewritePath(request.url ?? '/'),
    routerOptions: { maxParamLength: 200 },
    // A path that the router can't read is no path of ours; its own answer would repeat it.
    frameworkErrors: (_error, _request, reply) => {
      answer(reply, 404, 'Not found');
    },
  });
  server.removeAllContentTypeParsers();
  const bodies = new BodyReader();
  server.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) =>
    bodies.read(payload),
  );
  limitConnections(server);
  return server;
}

function createHttpServer(handle: RequestListener): Server {
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // Node would answer each of many requests without one before anyone could close their connection.
    requireHostHeader: false,
  });
  server.setTimeout(SILENCE_TIMEOUT_MS);
  serveOneByOne(server, handle);
  return server;
}

/** Answers are short and say nothing of what is inside. */
export function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
}

/** Lever sends the delivery again. */
export function answerNotNow(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  return answer(reply, 503, 'Not now, try again');
}

/** Why the daemon isn't ready is no stranger's business. */
export function addHealth(server: FastifyInstance, isReady: () => Promise<boolean>): void {
  server.get<{ Querystring: { nonce?: unknown } }>('/healthz', (request, reply) => {
    const { nonce } = request.query;
    const isEchoed = typeof nonce === 'string' && NONCE.test(nonce);
    return answer(reply, 200, isEchoed ? `ok ${nonce}` : 'ok');
  });
  server.get('/readyz', async (_request, reply) =>
    (await isReady()) ? answer(reply, 200, 'ready') : answer(reply, 503, 'not ready'),
  );
}
