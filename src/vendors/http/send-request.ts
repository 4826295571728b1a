/** Sends one HTTP request by got and reads its whole reply, bounded in time and size. */
import { setMaxListeners } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Got } from 'got';
import { SECOND_MS, HOUR_MS } from '../../domain/clock.js';
import type { ApiErrorKind } from '../../domain/errors.js';
import type { Agents } from './connection-agents.js';

// The limits of one request: its deadline, its connect deadline, and the caller's signal.

export interface LimitSettings {
  /** From start to the last byte of the reply. */
  totalMs: number;
  /** Until the connection is up, TLS and proxy included. */
  connectMs: number;
  signal?: AbortSignal | undefined;
}

class RequestLimits {
  readonly #controller = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  readonly #connectTimer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  /** Why the request was stopped; null while it wasn't. */
  reason: string | null = null;
  /** Once true, the vendor may have seen the request. It never becomes false again. */
  isSent = false;

  constructor({ totalMs, connectMs, signal }: LimitSettings) {
    this.#connectTimer = this.#stopAfter(connectMs, 'connect timeout');
    this.#timers = [this.#stopAfter(totalMs, 'timeout'), this.#connectTimer];
    this.#outer = signal;
    // As many listeners on one signal as there are concurrent calls: no leak to warn about.
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', this.#cancel);
    if (signal?.aborted === true) this.#cancel();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the request; the first reason stays. */
  stop(reason: string): void {
    this.reason ??= reason;
    this.#controller.abort();
  }

  /** The connection is up: from here on the request may reach the vendor. */
  markSent(): void {
    this.isSent = true;
    clearTimeout(this.#connectTimer);
  }

  release(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#outer?.removeEventListener('abort', this.#cancel);
  }

  readonly #cancel = (): void => {
    this.stop('aborted');
  };

  #stopAfter(ms: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop(reason);
    }, ms);
  }
}

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

/**
 * One attempt, no retry, no redirect followed. Every status is a reply.
 * @throws WireFailure with a short technical reason.
 */
export async function sendRequest(request: WireRequest): Promise<WireReply> {
  const got = await loadGot();
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
  // An error after the reader has stopped must not end the process.
  stream.on('error', () => undefined);
  // got leaves a write without a body open, waiting to be piped to.
  if (method !== 'GET' && body === undefined) stream.end();
  return stream;
}

/** Nothing leaves before the connection is up: no early data, and a proxy is asked first. */
function watchConnection(request: ClientRequest, limits: RequestLimits): void {
  // https-proxy-agent presents a proxy's refusal as the vendor's reply.
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
  if (limits.reason !== null || response === undefined) throw new Error('incomplete reply');
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  return { status: response.statusCode, headers: response.headers, text };
}

/** Codes only: messages name hosts, and may name more. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'network error';
}

// What a reply's status and body mean: a success, or which kind of failure. Pure.

export interface Verdict {
  kind: ApiErrorKind;
  reason: string;
}

export interface StatusRules {
  isWrite: boolean;
  /** Statuses besides 401 by which this route rejects the account rather than the request. */
  accountStatuses: readonly number[];
}

/** Why an account is rejected, if not for its key or login. */
const ACCOUNT_REASONS: Partial<Record<number, string>> = { 402: 'payment required' };

/** The failure that a status means; null for a 2xx. */
export function judgeStatus(status: number, rules: StatusRules): Verdict | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401 || rules.accountStatuses.includes(status)) {
    return { kind: 'unauthorized', reason: ACCOUNT_REASONS[status] ?? 'credentials rejected' };
  }
  if (status === 429) return { kind: 'rate_limited', reason: 'rate limit' };
  if (status >= 300 && status < 400) {
    return { kind: rules.isWrite ? 'unknown_outcome' : 'refused', reason: 'redirect' };
  }
  // A 408 comes from something in between, which doesn't know what happened behind it.
  if (status < 200 || status === 408 || status >= 500) {
    return { kind: lostKind(rules.isWrite), reason: 'server error' };
  }
  return { kind: 'refused', reason: 'refused' };
}

/** The request may have arrived: only a read may simply be repeated. */
export function lostKind(isWrite: boolean): ApiErrorKind {
  return isWrite ? 'unknown_outcome' : 'unavailable';
}

/** A refusal is shorter. A longer body is a page, or an attack. */
const MAX_BRIEF_LENGTH = 16 * 1024;

/** What a refusal says: parsed, or the start of its text. Null for too much JSON. */
export function briefBody(text: string): unknown {
  const parsed = text.length <= MAX_BRIEF_LENGTH ? parseBody(text) : null;
  if (parsed?.isJson) return parsed.value;
  const isTooMuchJson = parsed === null && /^\s*[[{]/.test(text);
  return isTooMuchJson ? null : text.slice(0, MAX_BRIEF_LENGTH);
}

export type ParsedBody = { isJson: true; value: unknown } | { isJson: false; reason: string };

/** Parses a body as JSON, or says in three words what it is instead. */
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

// The two headers about time: `Date` and `Retry-After`.

const LONGEST_MS = HOUR_MS;

/** The vendor's clock when it replied, epoch ms; null without a readable `Date` header. */
export function vendorClock(headers: IncomingHttpHeaders): number | null {
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? null : at;
}

/**
 * How long the vendor asks us to wait, up to one hour. A date is measured on the vendor's own
 * clock, because ours may be wrong. Undefined when the header is missing or unreadable.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * SECOND_MS : msUntil(value, headers);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_MS);
}

function msUntil(date: string, headers: IncomingHttpHeaders): number {
  return Date.parse(date) - (vendorClock(headers) ?? Number.NaN);
}

// Whether a text can be parsed as JSON within a turn. The cost depends on the content: many small
// values cost most.

/** Commas, opening brackets and strings: eight hundred for each of a page's hundred records. */
const MAX_TOKENS = 80_000;
/** Nothing that we read is deeper, and replies are walked recursively. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKETS = { '[': 0x5b, ']': 0x5d, '{': 0x7b, '}': 0x7d };

/** Counts in one pass and stops at the bound. Text that isn't JSON may pass or not. */
export function isWithinJsonBounds(text: string): boolean {
  let tokens = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        tokens += 1;
        break;
      case COMMA:
        tokens += 1;
        break;
      case BRACKETS['[']:
      case BRACKETS['{']:
        tokens += 1;
        depth += 1;
        break;
      case BRACKETS[']']:
      case BRACKETS['}']:
        depth -= 1;
        break;
      default:
        continue;
    }
    if (tokens > MAX_TOKENS || depth > MAX_DEPTH) return false;
  }
  return true;
}

/** The position of the quote that ends the string starting at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end, start)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** An odd number of backslashes precedes it. */
function isEscaped(text: string, at: number, start: number): boolean {
  let first = at;
  while (first - 1 > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
