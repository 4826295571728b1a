/** An HTTP server with the limits of every door of ours, and how each of them answers; it has no route yet. */
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';

const MAX_BODY_BYTES = 256 * 1024;
/** A whole request must arrive within this; Lever's deliveries are small. */
const REQUEST_TIMEOUT_MS = 20_000;
/** What setup sends along to see that it is this very daemon that answers. */
const NONCE = /^[0-9a-f]{1,64}$/;
const RETRY_AFTER_SECONDS = '30';

export function createBareServer(rewritePath: (url: string) => string): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
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
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
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

/** `unreadyReasons` resolves with the codes of what makes the daemon unready; empty when it is ready. */
export function addHealth(server: FastifyInstance, unreadyReasons: () => Promise<string[]>): void {
  server.get<{ Querystring: { nonce?: unknown } }>('/healthz', (request, reply) => {
    const { nonce } = request.query;
    const isEchoed = typeof nonce === 'string' && NONCE.test(nonce);
    return answer(reply, 200, isEchoed ? `ok ${nonce}` : 'ok');
  });
  server.get('/readyz', async (_request, reply) => {
    const reasons = await unreadyReasons();
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .send({ status: reasons.length === 0 ? 'ready' : 'unready', reasons });
  });
}
