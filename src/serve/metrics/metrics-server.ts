/** Serves Prometheus metrics, and why the daemon isn't ready, on a separate loopback port. */
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../../domain/base-url.js';
import { AppError } from '../../domain/errors.js';
import type { App } from '../../admin/app.js';
import type { Readiness } from '../../admin/facts/readiness.js';
import { answer, answerNotNow, createBaseServer, listenAt } from '../http/base-server.js';
import type { Metrics } from './metrics.js';

/** Loopback only, though an agent on this machine may forward them. */
const METRICS_HOST = '127.0.0.1';
const METRICS_PATH = '/metrics';
const CHOSEN_BY = 'serve --metrics-port';

interface Measured {
  metrics: Metrics;
  app: App;
  port: number;
  /** Where deliveries are accepted; must be another port. */
  daemonPort: number;
  readiness: Readiness;
}

/** Throws `AppError` when the port is taken, `usage` when it is the daemon's. */
export async function openMetrics(measured: Measured): Promise<FastifyInstance> {
  const { app, port, daemonPort } = measured;
  if (port === daemonPort && port !== 0) {
    throw new AppError(
      'usage',
      `Metrics can’t listen on port ${String(port)}: webhooks already use it.`,
      `Choose another: codesubmit-lever ${CHOSEN_BY} PORT`,
    );
  }
  const server = createMetricsServer(measured);
  const address = await listenAt(server, { host: METRICS_HOST, port }, CHOSEN_BY);
  app.log.info({ ...address, path: METRICS_PATH }, 'metrics');
  return server;
}

/**
 * Whether the host is this machine's name. Any other is that of a page elsewhere, which made a browser on this machine
 * ask us (DNS rebinding).
 */
function isOwnName(host: string | undefined): boolean {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) && isLoopback(new URL(url));
}

function createMetricsServer({ metrics, app, readiness }: Measured): FastifyInstance {
  const server = createBaseServer((url) => url);
  server.addHook('onRequest', async ({ headers }, reply) =>
    isOwnName(headers.host) ? undefined : answer(reply, 403, `Ask ${METRICS_HOST}`),
  );
  server.get(METRICS_PATH, async (_request, reply) => {
    const text = await metrics.show(app, readiness);
    return reply.type(metrics.contentType).send(text);
  });
  server.get('/readyz', async (_request, reply) => {
    const reasons = await readiness.unreadyReasons();
    const isReady = reasons.length === 0;
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ready' : 'not ready', reasons });
  });
  server.setNotFoundHandler((_request, reply) =>
    answer(reply, 404, `Not found: see ${METRICS_PATH}`),
  );
  server.setErrorHandler((error: Error, _request, reply) => {
    app.log.error({ error: error.message }, 'metrics not read');
    return answerNotNow(reply);
  });
  return server;
}
