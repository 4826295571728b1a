/** What Prometheus sees, on a separate loopback port: events in this process, the app's state, and Node's own metrics. */
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { SECOND_MS } from '../domain/clock.js';
import { HOLD_REASONS, IGNORE_REASONS, type Decision } from '../domain/reasons.js';
import { type Vendor, AppError } from '../domain/errors.js';
import type { App, Observer } from '../admin/app.js';
import { DELIVERY_OUTCOMES, type Accepted } from '../store/deliveries.js';
import type { Exchange } from '../net/http-client.js';
import { addStateGauges, PREFIX } from './state-gauges.js';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../store/settings/vendor-addresses.js';
import { answer, answerNotNow, createBaseServer, listenAt } from './http/base-server.js';

/** The labels of rejected deliveries, by HTTP status. */
const TURNED_AWAY: Record<number, string> = {
  400: 'malformed',
  401: 'forged',
  404: 'unknown_address',
  413: 'too_large',
  429: 'not_now',
  503: 'not_now',
};
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The gauges of the app's state, and counters of events, from zero at each start, incremented after the event. They are never written to disk: a killed
 * process loses only the increments since the last scrape.
 */
export class Metrics implements Observer {
  readonly #registry = new Registry();
  readonly #setGauges = addStateGauges(this.#registry);
  readonly #deliveries;
  readonly #decisions;
  readonly #calls;
  readonly #rateWaits;

  constructor() {
    const register = this.#registry;
    collectDefaultMetrics({ register });
    const registers = [register];
    this.#deliveries = new Counter({
      name: `${PREFIX}deliveries_total`,
      help: 'Requests to the webhook endpoint, by result',
      labelNames: ['outcome'],
      registers,
    });
    this.#decisions = new Counter({
      name: `${PREFIX}decisions_total`,
      help: 'Decisions that differ from the previous one for the same opportunity',
      labelNames: ['decision', 'reason'],
      registers,
    });
    this.#calls = new Histogram({
      name: `${PREFIX}vendor_call_duration_seconds`,
      help: 'Duration of calls to Lever and CodeSubmit, by route and outcome',
      labelNames: ['vendor', 'route', 'outcome'],
      buckets: CALL_SECONDS,
      registers,
    });
    this.#rateWaits = new Counter({
      name: `${PREFIX}rate_limit_wait_seconds_total`,
      help: 'Seconds that calls waited for the vendor’s rate limit',
      labelNames: ['vendor'],
      registers,
    });
    this.#beginAtZero();
  }

  /** A repeated delivery counts as that, whatever was done when it first came. */
  onAccepted({ isNew, outcome }: Accepted): void {
    this.#deliveries.inc({ outcome: isNew ? outcome : 'repeated' });
  }

  onTurnedAway(status: number): void {
    this.#deliveries.inc({ outcome: TURNED_AWAY[status] ?? 'malformed' });
  }

  onDecided(decision: Decision): void {
    const { kind } = decision;
    this.#decisions.inc({ decision: kind, reason: kind === 'invite' ? kind : decision.reason });
  }

  onExchange({ vendor, route, outcome, durationMs }: Exchange): void {
    this.#calls.observe({ vendor, route, outcome }, durationMs / SECOND_MS);
  }

  onRateWait(vendor: Vendor, waitMs: number): void {
    this.#rateWaits.inc({ vendor }, waitMs / SECOND_MS);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  async show(app: App, isReady: boolean): Promise<string> {
    this.#setGauges({ app, now: app.clock.now(), isReady });
    return this.#registry.metrics();
  }

  /** Creates series at zero: one that starts with its first event hides that event from `rate` and `increase`. */
  #beginAtZero(): void {
    const outcomes = [...DELIVERY_OUTCOMES, 'repeated', ...Object.values(TURNED_AWAY)];
    for (const outcome of outcomes) this.#deliveries.inc({ outcome }, 0);
    this.#decisions.inc({ decision: 'invite', reason: 'invite' }, 0);
    for (const reason of HOLD_REASONS) this.#decisions.inc({ decision: 'hold', reason }, 0);
    for (const reason of IGNORE_REASONS) this.#decisions.inc({ decision: 'ignore', reason }, 0);
    this.#rateWaits.inc({ vendor: 'lever' }, 0);
  }
}

/** Loopback only, though an agent on this machine may forward them. */
const METRICS_HOST = '127.0.0.1';
const METRICS_PATH = '/metrics';
const CHOSEN_BY = 'serve --metrics-port';

/**
 * Whether the host is this machine's name. Any other is that of a page elsewhere, which made a browser on this machine
 * ask us (DNS rebinding).
 */
function isOwnName(host: string | undefined): boolean {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) && isLoopback(new URL(url));
}

/**
 * Serves the metrics, and why the daemon isn't ready. Throws `AppError` when the port is taken, `usage` when it is
 * `daemonPort`, where deliveries are accepted.
 */
export async function openMetrics({
  metrics,
  app,
  port,
  daemonPort,
  unreadyReasons,
}: {
  metrics: Metrics;
  app: App;
  port: number;
  daemonPort: number;
  unreadyReasons: () => Promise<string[]>;
}): Promise<FastifyInstance> {
  if (port === daemonPort && port !== 0) {
    throw new AppError(
      'usage',
      `Metrics can’t listen on port ${String(port)}: webhooks already use it.`,
      `Choose another: codesubmit-lever ${CHOSEN_BY} PORT`,
    );
  }
  const server = createBaseServer((url) => url);
  server.addHook('onRequest', async ({ headers }, reply) =>
    isOwnName(headers.host) ? undefined : answer(reply, 403, `Ask ${METRICS_HOST}`),
  );
  server.get(METRICS_PATH, async (_request, reply) => {
    const text = await metrics.show(app, (await unreadyReasons()).length === 0);
    return reply.type(metrics.contentType).send(text);
  });
  server.get('/readyz', async (_request, reply) => {
    const reasons = await unreadyReasons();
    const [code, status] = reasons.length === 0 ? [200, 'ready'] : [503, 'not ready'];
    return reply.code(code).send({ status, reasons });
  });
  server.setNotFoundHandler((_request, reply) =>
    answer(reply, 404, `Not found: see ${METRICS_PATH}`),
  );
  server.setErrorHandler((error: Error, _request, reply) => {
    app.log.error({ error: error.message }, 'metrics not read');
    return answerNotNow(reply);
  });
  const address = await listenAt(server, { host: METRICS_HOST, port }, CHOSEN_BY);
  app.log.info({ ...address, path: METRICS_PATH }, 'metrics');
  return server;
}
