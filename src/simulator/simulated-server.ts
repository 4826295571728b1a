// A server on loopback that closes its connections when it stops.
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';

/**
 * Accepts empty JSON bodies, and answers neither HEAD nor a path with another case or a trailing
 * slash.
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
  return server;
}

/** Listens on 127.0.0.1; port 0 takes any. Returns the origin, as `http://127.0.0.1:PORT`. */
export async function listen(server: FastifyInstance, port: number): Promise<string> {
  await server.listen({ host: '127.0.0.1', port });
  const { port: taken } = server.server.address() as AddressInfo;
  return `http://127.0.0.1:${taken}`;
}
