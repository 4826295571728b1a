// A server on loopback that closes its connections when it stops.
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';

/** Another name is a page's elsewhere that had its own name lead here (DNS rebinding). */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * A server that doesn't listen yet. It answers requests to this machine's own names only, and neither HEAD nor a path
 * with another case or a trailing slash. Accepts empty JSON bodies, as undefined.
 */
export function simulatedServer(): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(Object.assign(new Error('The body is not JSON'), { statusCode: 400 }));
    }
  });
  server.addHook('onRequest', async (request, reply) => {
    if (LOOPBACK.test(request.headers.host ?? '')) return undefined;
    return reply.code(403).type('text/plain').send('Open it as 127.0.0.1 or localhost.\n');
  });
  return server;
}

/** Listens on 127.0.0.1; port 0 takes any. Returns the origin, as `http://127.0.0.1:PORT`. */
export async function listen(server: FastifyInstance, port: number): Promise<string> {
  await server.listen({ host: '127.0.0.1', port });
  const { port: taken } = server.server.address() as AddressInfo;
  return `http://127.0.0.1:${taken}`;
}
