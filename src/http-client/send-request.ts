/** Sends one HTTP request by got and reads its whole reply, within bounds of time and size. */
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Got } from 'got';
import type { Agents } from './connection-agents.js';
import { RequestLimits, type LimitSettings } from './request-limits.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface WireRequest extends LimitSettings {
  method: Method;
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  agents: Agents;
  /** Of the decompressed body. */
  maxBytes: number;
}

export interface WireReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** No whole reply came. Holds no cause: got's errors carry headers and URL. */
export class WireFailure extends Error {
  /** False only when the request surely never left. */
  readonly isSent: boolean;

  constructor(reason: string, isSent: boolean) {
    super(reason);
    this.isSent = isSent;
  }
}

type GotStream = ReturnType<Got['stream']>;

/**
 * One attempt, no retry, no redirect followed; every status is a reply.
 * @throws WireFailure with a short technical reason.
 */
export async function sendRequest(request: WireRequest): Promise<WireReply> {
  // Half of what a command loads that asks no vendor anything.
  const { got } = await import('got');
  const limits = new RequestLimits(request);
  const stream = openStream(got, request, limits.signal);
  stream.once('request', (sent: ClientRequest) => {
    watchConnection(sent, limits);
  });
  try {
    return await readReply(stream, request.maxBytes, limits);
  } catch (error) {
    throw new WireFailure(limits.reason ?? reasonOf(error), limits.isSent);
  } finally {
    limits.release();
    stream.destroy();
  }
}

function openStream(got: Got, request: WireRequest, signal: AbortSignal): GotStream {
  const { method, url, headers, body, agents } = request;
  const stream = got.stream(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    agent: agents,
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    signal,
  });
  // An error that comes after the reader has gone must not end the process.
  stream.on('error', () => undefined);
  // got leaves a bodiless write open, waiting to be piped to.
  if (method !== 'GET' && body === undefined) stream.end();
  return stream;
}

/** Nothing leaves before the connection stands: TLS has no early data here, and a proxy is asked first. */
function watchConnection(request: ClientRequest, limits: RequestLimits): void {
  // https-proxy-agent passes a proxy's refusal off as the vendor's reply.
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    if (statusCode !== 200) limits.stop(`proxy ${String(statusCode)}`);
  });
  request.once('socket', (socket: Socket) => {
    const isFresh = !request.reusedSocket && (socket instanceof TLSSocket || socket.connecting);
    if (!isFresh) {
      limits.markSent();
      return;
    }
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      limits.markSent();
    });
  });
}

async function readReply(
  stream: GotStream,
  maxBytes: number,
  limits: RequestLimits,
): Promise<WireReply> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      limits.stop('reply too large');
      break;
    }
    chunks.push(chunk);
  }
  const { response } = stream;
  if (limits.reason !== null || response === undefined) throw new Error('no whole reply');
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  return { status: response.statusCode, headers: response.headers, text };
}

/** Codes only: messages name hosts, and may name more. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'network error';
}
