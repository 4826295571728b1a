/**
 * One attempt of one request: connects, perhaps by a proxy, sends it by got and reads the whole reply, bounded in time
 * and size. Says what the reply means.
 */
import { setMaxListeners } from 'node:events';
import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { Got, TimeoutError } from 'got';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { LONGEST_RETRY_AFTER_MS, SECOND_MS } from '../domain/clock.js';
import { type ApiErrorKind, AppError } from '../domain/errors.js';
import { PROXY_PREFIX } from '../domain/failure-words.js';
import { isLoopback } from '../domain/vendor-text.js';

export type Method = 'GET' | 'POST';

export interface WireRequest {
  method: Method;
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  agents: Agents;
  /** Time limit from start to the last byte of the reply. */
  totalMs: number;
  signal?: AbortSignal | undefined;
  /** Limit on the decompressed body. */
  maxBytes: number;
}

export interface WireReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** No complete reply came. Has no cause, because got's errors contain headers and URL. */
export class WireFailure extends Error {
  /** `isSent`: false only when the request certainly never left. */
  constructor(
    reason: string,
    readonly isSent: boolean,
  ) {
    super(reason);
  }
}

/**
 * Loads got late: it is half of what a command that asks no vendor would load. A daemon loads it before an upgrade can
 * replace it.
 */
export async function loadGot(): Promise<Got> {
  return (await import('got')).got;
}

type GotStream = ReturnType<Got['stream']>;

/** A reply of so many chunks, its end included, is refused: each costs microseconds, and may be a single byte. */
const MAX_REPLY_PIECES = 8_000;
/** The most replies before the actual one, such as `100 Continue`. */
const MAX_INFORMATIONAL = 20;

/**
 * Makes one attempt: no retry, no redirect followed. Every status is a reply. Throws `WireFailure` with a short
 * technical reason.
 */
export async function sendRequest(request: WireRequest): Promise<WireReply> {
  const got = await loadGot();
  const { signal } = request;
  // Each concurrent call adds a listener to the signal: no leak to warn about.
  if (signal) setMaxListeners(0, signal);
  const stream = openStream(got, request);
  let isSent = false;
  stream.once('request', (outgoing: ClientRequest) => {
    onConnected(outgoing, () => (isSent = true));
    guardReply(stream, outgoing);
  });
  try {
    return await readReply(stream, request.maxBytes);
  } catch (error) {
    throw new WireFailure(reasonOf(error), isSent);
  } finally {
    stream.destroy();
  }
}

/** Starts the exchange. Its callers judge statuses, redirects and whether to retry, so got leaves all of that alone. */
function openStream(got: Got, request: WireRequest): GotStream {
  const { method, url, headers, body, agents, signal, totalMs } = request;
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
      lookup: CONNECT_MS,
      connect: CONNECT_MS,
      secureConnect: CONNECT_MS,
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

/** The error with which we stop an exchange ourselves. */
function stopError(reason: string): Error {
  return Object.assign(new Error(reason), { code: STOPPED });
}

/**
 * Calls `connected` when the connection is up: from here on the vendor may see the request. Nothing leaves before:
 * there is no early data, and a proxy is asked first.
 */
function onConnected(request: ClientRequest, connected: () => void): void {
  request.once('socket', (socket: Socket) => {
    const isTls = socket instanceof TLSSocket;
    // A kept-alive connection is up already; a new one says when it is. Through a proxy a TLS socket is given
    // connected, but its handshake with the vendor is still to come.
    const isFresh = !request.reusedSocket && (isTls || socket.connecting);
    if (isFresh) socket.once(isTls ? 'secureConnect' : 'connect', connected);
    else connected();
  });
}

/**
 * Ends an exchange that the proxy refuses, and one whose reply comes in too many parts or after too many informational
 * replies: they would keep the event loop busy.
 */
function guardReply(stream: GotStream, request: ClientRequest): void {
  const stop = (reason: string) => stream.destroy(stopError(reason));
  // Otherwise https-proxy-agent presents the proxy's refusal as the vendor's reply.
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
    // Node calls this for each part. An event wouldn't do: got reads many parts at once.
    reply.push = (piece: unknown) => {
      pieces += 1;
      if (pieces === MAX_REPLY_PIECES) stop('reply too large');
      return pieces < MAX_REPLY_PIECES && push(piece);
    };
  });
}

/** Reads the whole reply. Ends the exchange once the body is longer than `maxBytes`. */
async function readReply(stream: GotStream, maxBytes: number): Promise<WireReply> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw stopError('reply too large');
    chunks.push(chunk);
  }
  const { response } = stream;
  if (response === undefined) throw new Error('incomplete reply');
  const text = Buffer.concat(chunks).toString();
  // Megabytes take half of the time that a turn of the event loop may take. So does parsing them,
  // which comes in the next turn.
  await nextTurn();
  return { status: response.statusCode, headers: response.headers, text };
}

const UNTIL_CONNECTED = ['lookup', 'connect', 'secureConnect'];

/**
 * A short technical reason: our own where we stopped the exchange, which time limit has passed, or the failure's code.
 * Never got's message, which names hosts, and may name more.
 */
function reasonOf(error: unknown): string {
  const { name, event, code, message } = error as Partial<TimeoutError>;
  // From `stopError`: the message is ours.
  if (code === STOPPED) return String(message);
  if (code === 'ERR_ABORTED') return 'aborted';
  if (name === 'TimeoutError') {
    return UNTIL_CONNECTED.includes(String(event)) ? 'connect timeout' : 'timeout';
  }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'network error';
}

/**
 * The failure that a status means; null for a 2xx. A write's outcome is unknown if the vendor may have carried it out
 * before giving this status, or if something in between may give it without knowing. `accountStatuses`: those besides
 * 401 by which this route rejects the account rather than the request.
 */
export function judgeStatus(
  status: number,
  isWrite: boolean,
  accountStatuses: readonly number[] = [],
): { kind: ApiErrorKind; reason: string } | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401 || accountStatuses.includes(status)) {
    const reason = status === 402 ? 'payment required' : 'credentials rejected';
    return { kind: 'unauthorized', reason };
  }
  if (status === 429) return { kind: 'rate_limited', reason: 'rate limit' };
  // We follow no redirect. A read found nothing. A server may answer a write with one once it has carried it out (303).
  if (status >= 300 && status < 400) {
    return { kind: isWrite ? 'unknown_outcome' : 'refused', reason: 'redirect' };
  }
  // A 408 comes from something in between, which doesn't know what happened behind it. A final 1xx is no answer at all.
  if (status < 200 || status === 408 || status >= 500) {
    return { kind: kindOfLostReply(isWrite), reason: 'server error' };
  }
  return { kind: 'refused', reason: 'refused' };
}

/** The kind of a failure after which the request may have had an effect: only a read may simply be repeated. */
export function kindOfLostReply(isWrite: boolean): ApiErrorKind {
  return isWrite ? 'unknown_outcome' : 'unavailable';
}

/** A refusal is shorter than this. A longer body is a page, or an attack. */
const MAX_BRIEF_LENGTH = 16 * 1024;

/** The body of a refusal, or of a status that the route lets pass: parsed, or the text if it isn't JSON. Null if long. */
export function briefBody(text: string): unknown {
  if (text.length > MAX_BRIEF_LENGTH) return null;
  const parsed = parseBody(text);
  return parsed.isJson ? parsed.value : text;
}

type ParsedBody = { isJson: true; value: unknown } | { isJson: false; reason: string };

/** Parses a body as JSON, or says in a few words why it can't be. */
export function parseBody(text: string): ParsedBody {
  const trimmed = text.trim();
  if (trimmed === '') return { isJson: false, reason: 'empty instead of json' };
  if (!isWithinJsonBounds(trimmed)) return { isJson: false, reason: 'reply too large' };
  try {
    return { isJson: true, value: JSON.parse(trimmed) as unknown };
  } catch {
    const what = trimmed.startsWith('<') ? 'html' : 'garbage';
    return { isJson: false, reason: `${what} instead of json` };
  }
}

/** The vendor's clock when it replied, epoch ms; null without a readable `Date` header. */
export function vendorClock(headers: IncomingHttpHeaders): number | null {
  const dateMs = Date.parse(headers.date ?? '');
  return Number.isNaN(dateMs) ? null : dateMs;
}

/**
 * How long the vendor asks us to wait, up to a day. A date is measured from the reply's own `Date`, because our clock
 * may be wrong. Undefined when the header is missing or unreadable, or is a date in a reply without `Date`.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  const isSeconds = /^\d+(\.\d+)?$/.test(value);
  const waitMs = isSeconds
    ? Number(value) * SECOND_MS
    : Date.parse(value) - (vendorClock(headers) ?? Number.NaN);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS);
}

/** The most commas, opening brackets and strings: eight hundred for each of a page's hundred records. */
const MAX_TOKENS = 80_000;
/** The most digits of all numbers. A page's records have some tens of thousands. */
const MAX_DIGITS = 400_000;
/** The deepest nesting: nothing that we read is deeper, and replies are walked recursively. */
const MAX_DEPTH = 64;

/**
 * Whether a text can be parsed as JSON within one turn of the event loop: many small values cost most, and numbers of
 * many digits. Stops counting at a bound. Text that isn't JSON may pass or not.
 */
function isWithinJsonBounds(text: string): boolean {
  let [tokens, digits, depth] = [0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char >= '0' && char <= '9') digits += 1;
    else if (char === ']' || char === '}') depth -= 1;
    else if (char === '"' || char === ',' || char === '[' || char === '{') {
      tokens += 1;
      if (char === '"') at = endOfString(text, at);
      else if (char !== ',') depth += 1;
    }
    if (tokens > MAX_TOKENS || digits > MAX_DIGITS || depth > MAX_DEPTH) return false;
  }
  return true;
}

/** The position of the quote that ends the string starting at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Time limit for each phase until the connection is up: name, connection, TLS; and for a proxy to connect us. */
const CONNECT_MS = 10_000;

export interface Agents {
  http: http.Agent;
  https: https.Agent;
}

export interface ConnectionAgents {
  reads: Agents;
  /**
   * Agents for writes, which never use an idle connection. If the server closed it just as a request left, the outcome
   * would be unknown. A read is simply repeated, but a write costs a settling time.
   */
  writes: Agents;
}

/**
 * Agents for everything under `base`; see `ConnectionAgents` for why only reads keep connections. Throws
 * `configuration`, as `findProxy` does.
 */
export function connectionAgents(base: URL): ConnectionAgents {
  const proxy = findProxy(base);
  const build = (keepAlive: boolean): Agents => ({
    // Plain http is only allowed to loopback, which needs no proxy.
    http: new http.Agent({ keepAlive }),
    https: proxy === null ? new https.Agent({ keepAlive }) : proxyAgent(proxy, keepAlive),
  });
  return { reads: build(true), writes: build(false) };
}

/**
 * The address of the proxy in HTTPS_PROXY; null without one, for a host in NO_PROXY, and on loopback. Throws
 * `configuration` when it is not an http or https URL, but never quotes it: it may contain a password.
 */
export function findProxy(base: URL): URL | null {
  const address = isLoopback(base) ? '' : getProxyForUrl(base.href);
  if (address === '') return null;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new AppError(
    'configuration',
    'The proxy in HTTPS_PROXY is not an http or https URL.',
    'Set HTTPS_PROXY to an address such as http://proxy.example.com:3128, or add the host to NO_PROXY.',
  );
}

/** An agent for https through the proxy. */
function proxyAgent(proxy: URL, keepAlive: boolean): https.Agent {
  // agent-base types it as a plain http.Agent, but it serves https requests too.
  const agent: unknown = new BoundedProxyAgent(proxy, { keepAlive });
  return agent as https.Agent;
}

/** Limits how long a proxy may take for CONNECT: the library waits forever. */
class BoundedProxyAgent extends HttpsProxyAgent<string> {
  /** Throws an error whose code is `PROXY_PREFIX` and then the cause, so it isn't taken for a failure of the vendor. */
  override async connect(
    ...args: Parameters<HttpsProxyAgent<string>['connect']>
  ): ReturnType<HttpsProxyAgent<string>['connect']> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), CONNECT_MS);
    // `super.connect` reads the options before it first waits, so concurrent calls don't mix.
    this.connectOpts = { ...this.connectOpts, signal: controller.signal };
    try {
      return await super.connect(...args);
    } catch (error) {
      // All this does is connect to the proxy and ask it to pass the connection on, so the failure is the proxy's. One
      // without a code is shown as a broken connection.
      const { code = 'FAILED' } = error as { code?: string };
      const why = controller.signal.aborted ? 'ETIMEDOUT' : code;
      throw Object.assign(new Error('the proxy was not reached'), { code: PROXY_PREFIX + why });
    } finally {
      clearTimeout(timer);
    }
  }
}
