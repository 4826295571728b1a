/** The base of all our HTTP servers: limits and error answers, without routes. */
import { type IncomingMessage, createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { MINUTE_MS } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import { limitConnections, serveOneByOne } from './connections.js';

/** More at once than we have room for. Answered with 503, so Lever retries. */
export class Overloaded extends Error {
  readonly statusCode = 503;

  constructor() {
    super('more at once than there is room for');
    this.name = 'Overloaded';
  }
}

// Reads whole request bodies, with a limit on all those in progress.

const MAX_BYTES = 256 * 1024;
/** Lever's deliveries are below a kilobyte. Only connections limit bodies up to this size. */
const SMALL_BYTES = 16 * 1024;
/** How many longer ones at once: four megabytes in all, and none delays a small one. */
const MAX_LONG = 16;
/**
 * Chunks of a few bytes cost far more time and memory than they contain. This many may come, or
 * more if they are longer.
 */
const MAX_SHORT_CHUNKS = 64;
const SHORT_BYTES = 64;

class BodyReader {
  #long = 0;

  /**
   * Rejects with the status for the sender: 413, 503 for one long body too many, 400 for an
   * incomplete one.
   */
  read(body: IncomingMessage): Promise<Buffer> {
    if (Number(body.headers['content-length']) > MAX_BYTES) {
      return Promise.reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    }
    const isChunked = body.headers['transfer-encoding'] !== undefined;
    return new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let isLong = false;
      const end = (): void => {
        body.removeAllListeners('data');
        if (isLong) this.#long -= 1;
        isLong = false;
      };
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (isChunked && isInCrumbs(chunks.length, bytes)) body.destroy();
        const refusal = this.#refusalOf(bytes, isLong);
        if (refusal) {
          end();
          // It may never end: nothing more of it is parsed, and Fastify closes the connection after
          // the answer.
          if (isChunked) body.socket.pause();
          reject(refusal);
        } else if (!isLong && bytes > SMALL_BYTES) {
          isLong = true;
          this.#long += 1;
        }
      });
      // From here on each chunk arrives as it is parsed, not after everything that came with it.
      body.read(0);
      body.once('end', () => {
        end();
        resolve(Buffer.concat(chunks, bytes));
      });
      body.once('error', () => {
        end();
        reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
      });
    });
  }

  #refusalOf(bytes: number, isLong: boolean): Error | undefined {
    if (bytes > MAX_BYTES) return new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    const isNewlyLong = !isLong && bytes > SMALL_BYTES;
    return isNewlyLong && this.#long >= MAX_LONG ? new Overloaded() : undefined;
  }
}

function isInCrumbs(chunks: number, bytes: number): boolean {
  return chunks > MAX_SHORT_CHUNKS && bytes < chunks * SHORT_BYTES;
}

/** Time limit for a whole request; Lever's deliveries are small. */
const REQUEST_TIMEOUT_MS = 20_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often both limits are checked. */
const TIMEOUT_CHECK_MS = 2_000;
/** Idle or stalled connections are closed after this long. */
const SILENCE_TIMEOUT_MS = MINUTE_MS;
/**
 * How long a connection is kept for the next delivery. nginx keeps its end for 60 s and Caddy for
 * 120 s: if ours closed first, a delivery just being sent would be lost.
 */
const KEPT_MS = 125_000;
/** Sent by setup to check that this very daemon answers. */
const NONCE = /^[0-9a-f]{1,64}$/;
const RETRY_AFTER_SECONDS = '30';

/** No route of ours has a schema, and fastify's compilers for schemas take longer to load than fastify itself. */
function noSchema(): never {
  throw new Error('routes have no schemas');
}

export function createBaseServer(rewritePath: (url: string) => string): FastifyInstance {
  const server = Fastify({
    logger: false,
    serverFactory: createHttpServer,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    rewriteUrl: (request) => rewritePath(request.url ?? '/'),
    routerOptions: { maxParamLength: 200 },
    schemaController: {
      compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema },
    },
    // A path the router can't read is none of ours; the router's own answer would repeat it.
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
    keepAliveTimeout: KEPT_MS,
    // Node would answer many invalid requests on one connection before anyone could close it.
    requireHostHeader: false,
  });
  server.setTimeout(SILENCE_TIMEOUT_MS);
  serveOneByOne(server, handle);
  return server;
}

/** Answers are short and reveal nothing. */
export function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
}

/** Lever sends the delivery again. */
export function answerNotNow(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  return answer(reply, 503, 'Not now, try again');
}

/** Why the daemon isn't ready is not for strangers. */
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

// Starts listening, or explains why it can't.

/**
 * How many connections may wait to be accepted: Linux allows no more. Those above are delayed by a
 * second or more.
 */
const BACKLOG = 4_096;

export interface Listening {
  host: string;
  port: number;
}

export type PortFlag = '--port' | '--metrics-port';

const WHY_NOT: Partial<Record<string, string>> = {
  EADDRINUSE: 'another program already uses that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not use that port',
  ENOTFOUND: 'that name is not in DNS',
};

/** The technical words come last. */
function refusal(
  { host, port }: Listening,
  flag: PortFlag,
  cause: NodeJS.ErrnoException,
): AppError {
  const { code = '', message } = cause;
  const why = WHY_NOT[code];
  const isOfHost = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND';
  return new AppError(
    'conflict',
    `Can’t listen on ${host}:${String(port)}: ${why === undefined ? message : `${why} (${code})`}.`,
    `Choose another: codesubmit-lever serve ${isOfHost ? '--host HOST' : `${flag} PORT`}`,
    cause,
  );
}

/** Resolves with the port; the system chooses for 0. Throws `AppError` for a taken port. */
export async function listenAt(
  server: FastifyInstance,
  { host, port }: Listening,
  flag: PortFlag = '--port',
): Promise<Listening> {
  try {
    await server.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    throw refusal({ host, port }, flag, error as NodeJS.ErrnoException);
  }
  const address = server.server.address() as AddressInfo;
  return { host, port: address.port };
}
