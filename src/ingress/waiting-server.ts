/** The door of a daemon whose home can't be opened yet: alive, not ready, and whatever is delivered is to come again. */
import type { FastifyInstance } from 'fastify';
import { addHealth, answer, answerNotNow, createBareServer } from './bare-server.js';

/** The public address's path, which stands in the home, may or may not come before these. */
const KNOWN_PATH = /^.*(?=\/(?:healthz|readyz)(?:\?|$))/;
const WEBHOOK = /\/webhooks\//;

/** Each answer ends its connection, so that the daemon can take over at once. */
export function createWaitingServer(): FastifyInstance {
  const server = createBareServer((url) => url.replace(KNOWN_PATH, ''));
  server.addHook('onSend', async (_request, reply) => {
    reply.header('connection', 'close');
  });
  addHealth(server, async () => false);
  server.setErrorHandler((_error, _request, reply) => answerNotNow(reply));
  server.setNotFoundHandler((request, reply) =>
    WEBHOOK.test(request.url) ? answerNotNow(reply) : answer(reply, 404, 'Not found'),
  );
  return server;
}
