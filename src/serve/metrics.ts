/**
 * What Prometheus sees, on a separate loopback port: events in this process, the app's state, and Node's own metrics.
 */
import { Counter, Histogram, Registry, collectDefaultMetrics, Gauge } from 'prom-client';
import { SECOND_MS } from '../domain/clock.js';
import { HOLD_REASONS, IGNORE_REASONS, type Decision } from '../domain/reasons.js';
import { AppError } from '../domain/errors.js';
import type { App, Observer } from '../admin/app.js';
import { DELIVERY_OUTCOMES, type Accepted } from '../store/deliveries.js';
import type { Exchange } from '../net/http-client.js';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../domain/vendor-text.js';
import { answer, answerNotNow, createBaseServer, listenAt } from './http/base-server.js';
import { INTEGRATION_STATES } from '../store/integration-store.js';
import { WRITEBACK_KINDS, tallyWritebacks } from '../store/writebacks.js';
import { listProblems } from '../admin/facts/facts.js';
import { grantOf } from '../admin/facts/lever-facts.js';
import { readCounts } from '../admin/queries/decisions.js';

/** What our metrics' names begin with. */
const PREFIX = 'codesubmit_lever_';

/** The labels of rejected deliveries, by HTTP status. */
const TURNED_AWAY: Record<number, string> = {
  400: 'malformed',
  401: 'forged',
  404: 'unknown_address',
  413: 'too_large',
  503: 'not_now',
};
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The gauges of the app's state, and counters of events: from zero at each start, incremented after the event. They are
 * never written to disk: a killed process loses only the increments since the last scrape.
 */
export class Metrics implements Observer {
  readonly #registry = new Registry();
  readonly #setGauges = addStateGauges(this.#registry);
  readonly #deliveries = this.#counter(
    'deliveries',
    'Requests to the webhook endpoint, by result',
    ['outcome'],
  );
  readonly #decisions = this.#counter(
    'decisions',
    'Decisions that differ from the previous one for the same opportunity',
    ['decision', 'reason'],
  );
  readonly #calls = new Histogram({
    name: `${PREFIX}vendor_call_duration_seconds`,
    help: 'Duration of calls to Lever and CodeSubmit, by route and outcome',
    labelNames: ['vendor', 'route', 'outcome'],
    buckets: CALL_SECONDS,
    registers: [this.#registry],
  });

  /** Registers Node's own metrics, too. */
  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#beginAtZero();
  }

  #counter<Label extends string>(what: string, help: string, labelNames: Label[]): Counter<Label> {
    const name = `${PREFIX}${what}_total`;
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  /** Counts a delivery. A repeated one counts as `repeated`, whatever was done when it first came. */
  readonly onAccepted = ({ isNew, outcome }: Accepted): void => {
    this.#deliveries.inc({ outcome: isNew ? outcome : 'repeated' });
  };

  /** Counts a request to the webhook that was not answered with 200. */
  onTurnedAway(status: number): void {
    // Fastify may answer with another 4xx by itself.
    this.#deliveries.inc({ outcome: TURNED_AWAY[status] ?? 'malformed' });
  }

  /** Counts a decision. An invite has no reason, but the label must be set. */
  readonly onDecided = (decision: Decision): void => {
    const { kind } = decision;
    this.#decisions.inc({ decision: kind, reason: kind === 'invite' ? kind : decision.reason });
  };

  /** Measures a call to a vendor. */
  readonly onExchange = ({ vendor, route, outcome, durationMs }: Exchange): void => {
    this.#calls.observe({ vendor, route, outcome }, durationMs / SECOND_MS);
  };

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as they are now, in Prometheus' text format. Throws when the database can't be read. */
  async show(app: App, isReady: boolean): Promise<string> {
    this.#setGauges({ app, now: app.clock.now(), isReady });
    return this.#registry.metrics();
  }

  /** Creates each series at zero: one that starts with its first event hides that event from `rate` and `increase`. */
  #beginAtZero(): void {
    const outcomes = [...DELIVERY_OUTCOMES, 'repeated', ...Object.values(TURNED_AWAY)];
    for (const outcome of outcomes) this.#deliveries.inc({ outcome }, 0);
    this.#decisions.inc({ decision: 'invite', reason: 'invite' }, 0);
    for (const reason of HOLD_REASONS) this.#decisions.inc({ decision: 'hold', reason }, 0);
    for (const reason of IGNORE_REASONS) this.#decisions.inc({ decision: 'ignore', reason }, 0);
  }
}

/** Loopback only, though an agent on this machine may forward them. */
const METRICS_HOST = '127.0.0.1';
const METRICS_PATH = '/metrics';
const CHOSEN_BY = 'serve --metrics-port';

/**
 * Whether the Host header names loopback. Any other came from a page elsewhere, which made a browser on this machine
 * ask us (DNS rebinding).
 */
function isLoopbackHost(host: string | undefined): boolean {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) && isLoopback(new URL(url));
}

/**
 * Serves the metrics, and why the daemon isn't ready. Throws `AppError` when the port is taken, `usage` when it is
 * `daemonPort`, where deliveries are accepted.
 */
export async function openMetrics(
  metrics: Metrics,
  app: App,
  unreadyReasons: () => Promise<string[]>,
  { port, daemonPort }: { port: number; daemonPort: number },
): Promise<FastifyInstance> {
  // 0: the system chooses a free port for each.
  if (port === daemonPort && port !== 0) {
    throw new AppError(
      'usage',
      `Metrics can’t listen on port ${String(port)}: webhooks already use it.`,
      `Choose another: codesubmit-lever ${CHOSEN_BY} PORT`,
    );
  }
  const server = createBaseServer((url) => url);
  server.addHook('onRequest', async ({ headers }, reply) =>
    isLoopbackHost(headers.host) ? undefined : answer(reply, 403, `Ask ${METRICS_HOST}`),
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

/** What the gauges are set from, at one moment. */
interface State {
  app: App;
  now: number;
  isReady: boolean;
}

interface StateGauge {
  name: string;
  help: string;
  labels?: readonly string[];
  /** The gauge has no values before. An unknown value isn't set. */
  set: (gauge: Gauge, state: State) => void;
}

const GAUGES: readonly StateGauge[] = [
  {
    name: 'ready',
    help: '1 when deliveries are accepted and both accounts work, else 0; same as /readyz',
    set: (gauge, { isReady }) => gauge.set(Number(isReady)),
  },
  {
    name: 'integration_state',
    help: '1 for the current state of the integration, 0 for the others',
    labels: ['state'],
    set: (gauge, { app: { integration } }) => {
      const current = integration.state();
      for (const state of INTEGRATION_STATES) gauge.set({ state }, Number(state === current));
    },
  },
  {
    name: 'problems',
    help: 'Current problems, as `status` names them; level fail raises an alarm',
    labels: ['code', 'level', 'vendor'],
    /** Counted by kind: ids are never labels. */
    set: (gauge, { app }) => {
      for (const { code, level, vendor } of listProblems(app))
        gauge.inc({ code, level, vendor: vendor ?? '' });
    },
  },
  {
    name: 'invitations',
    help: 'Challenges promised, by state',
    labels: ['state'],
    set: (gauge, { app }) => {
      // Candidates on hold are counted with the invitations, but have none.
      for (const [state, n] of Object.entries(readCounts(app)))
        if (state !== 'held') gauge.set({ state }, n);
    },
  },
  {
    name: 'writebacks_owed',
    help: 'Pending updates to Lever, by kind',
    labels: ['kind'],
    set: (gauge, { app }) => {
      for (const kind of WRITEBACK_KINDS) gauge.set({ kind }, 0);
      for (const { kind, n } of tallyWritebacks(app.database, 'open')) gauge.set({ kind }, n);
    },
  },
  {
    name: 'oldest_writeback_owed_seconds',
    help: 'Seconds that the oldest pending update to Lever has waited, by kind; 0 if there are none',
    labels: ['kind'],
    set: (gauge, { app, now }) => {
      for (const kind of WRITEBACK_KINDS) gauge.set({ kind }, 0);
      for (const { kind, since } of tallyWritebacks(app.database, 'open'))
        gauge.set({ kind }, (now - since) / SECOND_MS);
    },
  },
  {
    name: 'last_sweep_timestamp_seconds',
    help: 'When the last sweep of all stages ended; absent before the first',
    set: (gauge, { app }) => setTime(gauge, app.integration.read().last_sweep_at),
  },
  {
    name: 'access_token_expiry_timestamp_seconds',
    help: 'When the current access token expires; renewed automatically; absent with an API key',
    set: (gauge, { app }) => setTime(gauge, grantOf(app)?.expiresAt),
  },
];

/** Registers the gauges. Returns a function that sets all of them; it throws when the database can't be read. */
function addStateGauges(registry: Registry): (state: State) => void {
  const registers = [registry];
  const gauges = GAUGES.map(({ name, help, labels = [], set }) => ({
    gauge: new Gauge({ name: PREFIX + name, help, labelNames: [...labels], registers }),
    set,
  }));
  return (state) => {
    for (const { gauge, set } of gauges) {
      gauge.reset();
      // The reset sets a gauge without labels to 0, which would be read as 1970 where `set` knows no time.
      gauge.remove({});
      set(gauge, state);
    }
  };
}

/** Sets a time as Prometheus wants it, in seconds, unless it's unknown. */
function setTime(gauge: Gauge, ms: number | null | undefined): void {
  if (ms !== null && ms !== undefined) gauge.set(ms / SECOND_MS);
}
