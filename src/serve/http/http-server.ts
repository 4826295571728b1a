/**
 * Incoming HTTP: the webhook, a login's browser, `/healthz` and `/readyz`. Stores what it receives and answers; decides
 * nothing.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SECOND_MS } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import { SILENT_LOG } from '../../domain/log.js';
import type { App } from '../../admin/app.js';
import { withoutTrailingSlashes } from '../../domain/vendor-text.js';
import { answer, answerNotNow, createBaseServer, listenAt } from './base-server.js';
import type { Accepted, Delivery } from '../../store/deliveries.js';
import { CALLBACK_PATH, answerLogin } from '../../lever/login.js';
import { parseDelivery } from '../../lever/verify-delivery.js';
import { isServing } from '../../store/database/file-lock.js';

/** How far apart two lines of one kind are at least. */
const LINE_INTERVAL_MS = SECOND_MS;

export type Fields = Record<string, unknown>;

/** Limits log lines that a flood would repeat endlessly: one a second per kind, with the number since. */
export class ThrottledLog {
  /**
   * By the caller's name for the kind of line: how many came since the last one was logged, and when the next may be.
   */
  readonly #kinds = new Map<string, { times: number; nextMs: number }>();

  /** `say` writes a line to the log. `nowMs` reads a clock that is never set back. */
  constructor(
    private readonly say: (fields: Fields) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Logs the line, or only counts it within `LINE_INTERVAL_MS` after the last one of its kind. */
  log(kind: string, fields: Fields): void {
    const now = this.nowMs();
    const known = this.#kinds.get(kind) ?? { times: 0, nextMs: now };
    this.#kinds.set(kind, known);
    known.times += 1;
    if (now < known.nextMs) return;
    this.say({ ...fields, times: known.times });
    known.times = 0;
    known.nextMs = now + LINE_INTERVAL_MS;
  }
}

/** How many deliveries may wait for the disk at once; one commit takes them all. */
const MAX_WAITING = 500;

interface IngressHooks {
  /** Called for a new delivery: a candidate should be looked at. */
  onHint: () => void;
  /** Aborted once the daemon ends: connections then close after their answers. */
  draining: AbortSignal;
  isReady: () => Promise<boolean>;
  /** Cuts off what a login still asks of Lever. */
  signal: AbortSignal;
  /** Called when a login whose browser came back has failed at Lever: see `answerLogin`. */
  onLoginFailed?: ((failure: AppError) => void) | undefined;
}

/** The HTTP server of a data directory: the same for the daemon and for a setup session without one. */
export function makeHttpServer(app: App, hooks: IngressHooks): FastifyInstance {
  const { configuration, integration, log } = app;
  const currentSettings = oncePerTurn(() => {
    const { settings, signingTokens } = configuration.current();
    // Null when no webhook should be answered.
    const webhookId = integration.isInUse() ? settings.webhookId : null;
    // Proxies may strip the path of the public address or not.
    const path = settings.publicUrl === null ? '' : new URL(settings.publicUrl).pathname;
    return { webhookId, signingTokens, publicPath: withoutTrailingSlashes(path) };
  });
  const server = createBaseServer((url) => stripPath(url, currentSettings().publicPath));
  const failures = new ThrottledLog((fields) => log.error(fields, 'request failed'));
  server.setErrorHandler((error: FastifyError, _request, reply) =>
    answerError(error, reply, failures),
  );
  // Fastify's close() waits for kept connections.
  server.addHook('onSend', async (_request, reply) => {
    if (hooks.draining.aborted) reply.header('connection', 'close');
  });
  server.setNotFoundHandler((_request, reply) => answer(reply, 404, 'Not found'));
  addHealth(server, hooks.isReady);
  addWebhook(server, app, currentSettings, hooks.onHint);
  const logins = new ThrottledLog((fields) => log.info(fields, 'browser returned from login'));
  // Without HEAD: a scanner that checks the link before a person opens it must not use up the login.
  server.get(CALLBACK_PATH, { exposeHeadRoute: false }, async ({ url }, reply) => {
    // The login reads an address from its question mark on.
    const query = url.includes('?') ? url.slice(url.indexOf('?')) : '?';
    const answered = await answerLogin(app, query, hooks.signal, hooks.onLoginFailed);
    const { status, headers, html, why } = answered;
    logins.log(why ?? 'finished', { status, why });
    return reply.code(status).headers(headers).send(html);
  });
  return server;
}

/** How the paths begin that the daemon answers. */
const ANSWERED = /^\/(webhooks|oauth|healthz|readyz)\b/;

/**
 * The request's path without that of the public address, if it begins with that and a path of ours follows; else as it
 * is. The public address may itself end like a path of ours, and the proxy may have taken it away already.
 */
function stripPath(url: string, publicPath: string): string {
  if (publicPath === '' || !url.startsWith(publicPath)) return url;
  const rest = url.slice(publicPath.length);
  return ANSWERED.test(rest) ? rest : url;
}

/** The form of what setup sends to check that this very daemon answers. */
const NONCE = /^[0-9a-f]{1,64}$/;

/**
 * Adds `/healthz` and `/readyz`, which don't tell strangers why the daemon isn't ready. `/healthz` repeats a `nonce`,
 * so the test of the public address knows that its request came here.
 */
function addHealth(server: FastifyInstance, isReady: () => Promise<boolean>): void {
  server.get<{ Querystring: { nonce?: unknown } }>('/healthz', (request, reply) => {
    const { nonce } = request.query;
    const isEchoed = typeof nonce === 'string' && NONCE.test(nonce);
    return answer(reply, 200, isEchoed ? `ok ${nonce}` : 'ok');
  });
  server.get('/readyz', async (_request, reply) =>
    (await isReady()) ? answer(reply, 200, 'ready') : answer(reply, 503, 'not ready'),
  );
}

/**
 * Adds the webhook's route: checks a delivery's address and signature, stores it, and answers 200 once it's on disk.
 */
function addWebhook(
  server: FastifyInstance,
  app: App,
  currentSettings: () => { webhookId: string | null; signingTokens: readonly string[] },
  onHint: () => void,
): void {
  const { deliveries, clock, log, runtime } = app;
  let waitingForDisk = 0;
  /** Stores a delivery. It counts in `waitingForDisk` until it is on disk. */
  const accept = async (delivery: Delivery): Promise<Accepted> => {
    waitingForDisk += 1;
    try {
      return await deliveries.accept(delivery, clock.now());
    } finally {
      waitingForDisk -= 1;
    }
  };
  const failures = new ThrottledLog((fields) => log.error(fields, 'delivery not accepted'));
  const refusals = new ThrottledLog((fields) => log.warn(fields, 'delivery refused'));
  // Repeats are logged rarely, because anyone who saw a delivery on its way can send it again.
  const repeats = new ThrottledLog((fields) => log.info(fields, 'delivery repeated'));
  const onResponse = async (_request: FastifyRequest, { statusCode }: FastifyReply) => {
    if (statusCode !== 200) runtime.observer?.onTurnedAway(statusCode);
  };
  // No request has the id null, so none is ours where no webhook should be answered.
  const isOurs = ({ params }: FastifyRequest): boolean =>
    (params as { id: string }).id === currentSettings().webhookId;
  const answerNotFound = (reply: FastifyReply) => answer(reply, 404, 'Not found');
  const errorHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
    void (isOurs(request) ? answerError(error, reply, failures) : answerNotFound(reply));
  server.post('/webhooks/lever/:id', { onResponse, errorHandler }, async (request, reply) => {
    if (!isOurs(request)) return answerNotFound(reply);
    const { signingTokens } = currentSettings();
    // Without a body there are no bytes.
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const parsed = parseDelivery(bytes, signingTokens);
    if (parsed.kind !== 'delivery') {
      // The admin has stored the token of a delivery instead of the signing token.
      const isTokenMixup = parsed.kind === 'forged' && parsed.isTokenMixup;
      refusals.log(parsed.kind, { kind: parsed.kind, isTokenMixup });
      if (parsed.kind === 'malformed') return answer(reply, 400, `Malformed: ${parsed.why}`);
      await recordRejectedSignature(app);
      return answer(reply, 401, 'The signature does not match');
    }
    if (waitingForDisk >= MAX_WAITING) {
      const error = 'more at once than there is room for';
      failures.log('overloaded', { code: 'overloaded', error });
      return answerNotNow(reply);
    }
    const accepted = await accept(parsed.delivery);
    if (accepted.isNew && accepted.outcome === 'look') onHint();
    const { event, opportunityId: opportunity } = parsed.delivery;
    const fields = { event, opportunity, outcome: accepted.outcome };
    if (accepted.isNew) log.info(fields, 'delivery accepted');
    else repeats.log('repeated', fields);
    return answer(reply, 200, 'ok');
  });
}

/** Answers every error of a request: 4xx for the request's own problems, 503 for ours. */
function answerError(error: FastifyError, reply: FastifyReply, log: ThrottledLog): FastifyReply {
  // Revoked between the check of the address and the write: the address no longer exists.
  if (error instanceof AppError && error.code === 'revoked') return answer(reply, 404, 'Not found');
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return answer(reply, status, status === 413 ? 'Too large' : 'Malformed');
  }
  const code = error instanceof AppError ? error.code : 'internal';
  log.log(code, { code, error: error.message });
  return answerNotNow(reply);
}

/**
 * Returns `read` so that it reads at most once in a turn of the event loop, however many requests ask. What it returns
 * may be out of date by that: so a delivery's own write checks again whether the integration was revoked.
 */
function oncePerTurn<T extends object>(read: () => T): () => T {
  let kept: T | undefined;
  return () => {
    if (kept === undefined) setImmediate(() => (kept = undefined));
    return (kept ??= read());
  };
}

/** Records that a signature was rejected. Writes once until a genuine delivery comes, however many forged ones do. */
export async function recordRejectedSignature({ database, integration, clock }: App) {
  if (integration.read().signatures_refused_at !== null) return;
  await database.write((tx) => integration.record(tx, 'signatures_refused', clock.now()));
}

/**
 * The daemon's server for a command that waits for a webhook or a browser; where a daemon of this data directory
 * listens already, none is opened. `onLoginFailed`: as in `IngressHooks`. Throws `conflict` when another program has the
 * port.
 */
export async function openTemporaryServer(
  app: App,
  onLoginFailed?: (failure: AppError) => void,
): Promise<{ close: () => Promise<void> }> {
  if (isServing(app.home)) return { close: () => Promise.resolve() };
  const abort = new AbortController();
  const server = makeHttpServer(
    { ...app, log: SILENT_LOG },
    {
      // No loop runs during setup: the daemon looks at its start.
      onHint: () => undefined,
      draining: abort.signal,
      isReady: async () => !abort.signal.aborted && app.integration.isInUse(),
      signal: abort.signal,
      onLoginFailed,
    },
  );
  await listenAt(server, app.configuration.settings(), 'setup --port');
  return {
    close: async () => {
      abort.abort();
      await server.close();
    },
  };
}
