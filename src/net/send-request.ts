/** Sends one HTTP request by got and reads its whole reply, bounded in time and size. */
import { setMaxListeners } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { Got, TimeoutError } from 'got';
import type { Agents } from './connection-agents.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface WireRequest {
  method: Method;
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  agents: Agents;
  /** From start to the last byte of the reply. */
  totalMs: number;
  /** For each phase until the connection is up: name, connection, TLS. */
  connectMs: number;
  signal?: AbortSignal | undefined;
  /** Of the decompressed body. */
  maxBytes: number;
}

export interface WireReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** No complete reply came. Has no cause, because got's errors contain headers and URL. */
export class WireFailure extends Error {
  /** False only when the request certainly never left. */
  readonly isSent: boolean;

  constructor(reason: string, isSent: boolean) {
    super(reason);
    this.isSent = isSent;
  }
}

/** Half of what a command would load that asks no vendor anything. A daemon loads it before an upgrade can replace it. */
export async function loadGot(): Promise<Got> {
  return (await import('got')).got;
}

type GotStream = ReturnType<Got['stream']>;

/** Chunks that a reply may come in: each costs microseconds, and may be a single byte. */
const MAX_PIECES = 8_000;
/** Replies before the reply, such as `100 Continue`. */
const MAX_INFORMATIONAL = 20;

/**
 * One attempt, no retry, no redirect followed. Every status is a reply.
 * @throws WireFailure with a short technical reason.
 */
export async function sendRequest(request: WireRequest): Promise<WireReply> {
  const got = await loadGot();
  const { signal } = request;
  // As many listeners on one signal as there are concurrent calls: no leak to warn about.
  if (signal) setMaxListeners(0, signal);
  const stream = openStream(got, request);
  let isSent = false;
  stream.once('request', (sent: ClientRequest) => {
    onConnected(sent, () => (isSent = true));
    limitReply(stream, sent);
  });
  try {
    return await readReply(stream, request.maxBytes);
  } catch (error) {
    throw new WireFailure(reasonOf(error), isSent);
  } finally {
    stream.destroy();
  }
}

function openStream(got: Got, request: WireRequest): GotStream {
  const { method, url, headers, body, agents, signal, connectMs, totalMs } = request;
  const stream = got.stream(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    agent: agents,
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    timeout: {
      lookup: connectMs,
      connect: connectMs,
      secureConnect: connectMs,
      request: totalMs,
    },
  });
  // An error after the reader has stopped must not end the process.
  stream.on('error', () => undefined);
  // got leaves a write without a body open, waiting to be piped to.
  if (method !== 'GET' && body === undefined) stream.end();
  return stream;
}

const STOPPED = 'ERR_STOPPED';

/** Why we stop an exchange ourselves. */
function stopped(reason: string): Error {
  return Object.assign(new Error(reason), { code: STOPPED });
}

/**
 * Called when the connection is up: from here on the vendor may see the request. Nothing leaves before, as there is no
 * early data, and a proxy is asked first.
 */
function onConnected(request: ClientRequest, connected: () => void): void {
  request.once('socket', (socket: Socket) => {
    const isTls = socket instanceof TLSSocket;
    const isFresh = !request.reusedSocket && (isTls || socket.connecting);
    if (isFresh) socket.once(isTls ? 'secureConnect' : 'connect', connected);
    else connected();
  });
}

/** What a vendor sends in many small parts keeps the event loop busy: the exchange ends at once. */
function limitReply(stream: GotStream, request: ClientRequest): void {
  const stop = (reason: string): void => {
    stream.destroy(stopped(reason));
  };
  // https-proxy-agent presents a proxy's refusal as the vendor's reply.
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    if (statusCode !== 200) stop(`proxy ${String(statusCode)}`);
  });
  let informational = 0;
  request.on('information', () => {
    informational += 1;
    if (informational > MAX_INFORMATIONAL) stop('reply too large');
  });
  request.once('response', (reply: IncomingMessage) => {
    const push = reply.push.bind(reply);
    let pieces = 0;
    // Called by Node for each. No event is: got reads many of them at once.
    reply.push = (piece: unknown) => {
      pieces += 1;
      if (pieces === MAX_PIECES) stop('reply too large');
      return pieces < MAX_PIECES && push(piece);
    };
  });
}

async function readReply(stream: GotStream, maxBytes: number): Promise<WireReply> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw stopped('reply too large');
    chunks.push(chunk);
  }
  const { response } = stream;
  if (response === undefined) throw new Error('incomplete reply');
  const text = Buffer.concat(chunks).toString();
  // Megabytes take half of what a turn of the event loop may. So does parsing them.
  await nextTurn();
  return { status: response.statusCode, headers: response.headers, text };
}

const UNTIL_CONNECTED = ['lookup', 'connect', 'secureConnect'];

/** Codes only: got's messages name hosts, and may name more. */
function reasonOf(error: unknown): string {
  const { name, event, code, message } = error as Partial<TimeoutError>;
  if (code === STOPPED) return String(message);
  if (code === 'ERR_ABORTED') return 'aborted';
  if (name === 'TimeoutError') {
    return UNTIL_CONNECTED.includes(String(event)) ? 'connect timeout' : 'timeout';
  }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'network error';
}
