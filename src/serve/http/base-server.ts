/**
 * The base of all our HTTP servers: limits on what strangers may use up, and error answers; no routes.
 *
 * The limits are Node's own, and those on bodies. A proxy in front limits each address (`deploy/`).
 */
import { type IncomingMessage, createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import Fastify, {
  errorCodes,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { MINUTE_MS } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';

/** How many connections may be open. Each may hold a request's headers and a small body: 150 MB in all. */
const MAX_CONNECTIONS = 5_000;
/** Time limit for a whole request; Lever's deliveries are small. */
const REQUEST_TIMEOUT_MS = 20_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often both time limits are checked. */
const TIMEOUT_CHECK_MS = 2_000;
/** Idle or stalled connections are closed after this long. */
const SILENCE_TIMEOUT_MS = MINUTE_MS;
/**
 * How long a connection is kept for the next delivery. nginx keeps its end for 60 s and Caddy for
 * 120 s: if ours closed first, a delivery just being sent would be lost.
 */
const KEPT_MS = 125_000;

/** Node's server with our limits: Fastify gets each connection's requests one by one. */
function createHttpServer(handle: RequestListener): Server {
  const limits = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    keepAliveTimeout: KEPT_MS,
    // Else Node itself answers requests without a Host header, however many there are.
    requireHostHeader: false,
  };
  const requests = new WeakMap<Socket, IncomingMessage>();
  const serve = oneByOne(handle, requests);
  const server = createServer(limits, serve);
  // Else Node itself answers requests with an unknown Expect header.
  server.on('checkExpectation', serve);
  server.on('connection', (socket) => parseInSlices(socket, requests));
  server.setTimeout(SILENCE_TIMEOUT_MS);
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/**
 * Handles one request of a connection at a time. HTTP clients and proxies wait for an answer before their next request;
 * others are disconnected. `requests`: of each connection, the request that is being answered.
 */
function oneByOne(
  handle: RequestListener,
  requests: WeakMap<Socket, IncomingMessage>,
): RequestListener {
  return (request, response) => {
    const { socket } = request;
    if (requests.has(socket)) {
      socket.destroy();
      return;
    }
    requests.set(socket, request);
    response.once('close', () => requests.delete(socket));
    // A request that is answered before its end may never end.
    response.once('finish', () => {
      if (!request.complete) socket.destroySoon();
    });
    handle(request, response);
  };
}

/** How much of a connection is parsed at a time: no delivery is longer. */
const SLICE_BYTES = 1_024;

/**
 * Parses what a connection sends in slices. Node's parser would read everything at once: 64 kilobytes contain thousands
 * of requests, some 40 ms for each connection, whatever `maxRequestsPerSocket` says. In slices it's 4 ms: `oneByOne`
 * closes the connection at the second request, and nothing more of it is parsed.
 *
 * A slice may contain many chunks of a byte too, each of which takes hundreds of bytes of memory. So a body that
 * nothing began to read at once is neither read nor parsed.
 */
function parseInSlices(socket: Socket, requests: WeakMap<Socket, IncomingMessage>): void {
  // Node's own parser, which gets the slices instead.
  const parsers = socket.listeners('data') as ((bytes: Buffer) => void)[];
  socket.removeAllListeners('data');
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length && !socket.destroyed; at += SLICE_BYTES) {
      const request = requests.get(socket);
      if (request?.complete === false && request.readableFlowing !== true) return;
      for (const parse of parsers) parse.call(socket, bytes.subarray(at, at + SLICE_BYTES));
    }
  });
}

/** The largest body: Lever's deliveries are below a kilobyte. Connections limit how many bodies there are. */
const MAX_BYTES = 16 * 1024;
/**
 * A body may have more chunks than this only if they aren't short: short ones cost far more time and memory than they
 * contain.
 */
const MAX_SHORT_PIECES = 64;
/** Chunks of fewer bytes, on average, are short. */
const SHORT_BYTES = 64;

/**
 * Reads a whole body. Rejects with the status for the sender: 413, or 400 for an incomplete one. Never settles for a
 * sender of many short chunks (`MAX_SHORT_PIECES`), who is disconnected.
 */
function readBody(body: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    body.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > MAX_BYTES) {
        // The body may never end: Fastify closes the connection after the answer.
        body.removeAllListeners('data');
        body.pause();
        reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
      } else if (pieces.length > MAX_SHORT_PIECES && bytes < pieces.length * SHORT_BYTES) {
        // Ends the connection too, so no answer reaches the sender.
        body.destroy();
      }
    });
    body.once('end', () => resolve(Buffer.concat(pieces, bytes)));
    body.once('error', () => reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()));
    // Starts the flow now, so each piece comes as it is parsed. Otherwise those of this turn would pile up until the
    // next.
    body.read(0);
  });
}

/** When a refused delivery may be sent again. */
const RETRY_AFTER_SECONDS = '30';

/** Replaces Fastify's schema compilers, which take longer to load than Fastify itself: no route has a schema. */
function noSchema(): never {
  throw new Error('routes have no schemas');
}

/** A server without routes. `rewritePath` changes the path of each request before it's routed. */
export function createBaseServer(rewritePath: (url: string) => string): FastifyInstance {
  const server = Fastify({
    logger: false,
    serverFactory: createHttpServer,
    forceCloseConnections: 'idle',
    // What still comes while the server closes is answered as always.
    return503OnClosing: false,
    rewriteUrl: (request) => rewritePath(request.url ?? '/'),
    routerOptions: { maxParamLength: 200 },
    schemaController: {
      compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema },
    },
    // The router can't read such a path, so it isn't ours. The router's own answer would repeat it.
    frameworkErrors: (_error, _request, reply) => {
      answer(reply, 404, 'Not found');
    },
  });
  // A body of any type stays bytes: the route parses it. Fastify itself would refuse a type that it can't read.
  server.addHook('onRequest', ({ headers }, _reply, done) => {
    headers['content-type'] = undefined;
    done();
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request: FastifyRequest, body: IncomingMessage) =>
    readBody(body),
  );
  return server;
}

/** Answers with a status and one line of plain text, which must reveal nothing to strangers. */
export function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
}

/** Answers 503, so Lever sends the delivery again. */
export function answerNotNow(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  return answer(reply, 503, 'Not now, try again');
}

/**
 * How many connections may wait to be accepted: Linux allows no more. Those above are delayed by a
 * second or more.
 */
const BACKLOG = 4_096;

export interface Listening {
  host: string;
  port: number;
}

/** Why a server can't listen; PORT is replaced by the port. */
const WHY_NOT: Partial<Record<string, string>> = {
  EADDRINUSE: 'another program (lsof -i :PORT names it) already uses that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not use that port',
  ENOTFOUND: 'that name is not in DNS',
};

/** The error for a server that can't listen. `chosenBy`: the command and the flag that choose the port. */
export function explainRefusal(
  { host, port }: Listening,
  chosenBy: string,
  cause: NodeJS.ErrnoException,
): AppError {
  const { code = '', message } = cause;
  const known = WHY_NOT[code]?.replace('PORT', String(port));
  const why = known === undefined ? message : `${known} (${code})`;
  // Another port wouldn't help here: the address is wrong.
  const isOfHost = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND';
  // A proxy forwards to the daemon's port, not to that of the metrics.
  const also = chosenBy.endsWith(' --port') ? ', and let your proxy forward to it' : '';
  const another = isOfHost ? chosenBy.replace(/--\S+/, '--host HOST') : `${chosenBy} PORT${also}`;
  const sentence = `Can’t listen on ${host}:${String(port)}: ${why}.`;
  return new AppError('conflict', sentence, `Choose another: codesubmit-lever ${another}`, cause);
}

/**
 * Starts to listen and resolves with the port, which the system chooses for 0. Throws `AppError` if it can't listen,
 * such as on a taken port. `chosenBy`: the command and flag that choose the port, for the error.
 */
export async function listenAt(
  server: FastifyInstance,
  { host, port }: Listening,
  chosenBy = 'serve --port',
): Promise<Listening> {
  try {
    await server.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    throw explainRefusal({ host, port }, chosenBy, error as NodeJS.ErrnoException);
  }
  const address = server.server.address() as AddressInfo;
  return { host, port: address.port };
}
