/** The one way out to a vendor: JSON both ways, every failure an `ApiError` of the right kind. */
import { getProxyForUrl } from 'proxy-from-env';
import { parseBaseUrl } from '../domain/base-url.js';
import {
  ApiError,
  type ApiErrorFacts,
  type ApiErrorKind,
  type Redirect,
} from '../domain/errors.js';
import { connectionAgents, type ConnectionAgents } from './connection-agents.js';
import { methodOf, type HttpReply, type HttpRequest } from './http-request.js';
import type { Exchange, HttpClientOptions } from './http-settings.js';
import { briefBody, judgeStatus, lostKind, parseBody } from './reply-verdict.js';
import { retryAfterMs, vendorClock } from './retry-after.js';
import { sendRequest, WireFailure, type WireReply } from './send-request.js';

/**
 * One vendor. Makes one attempt per call, and a second only after a 401 when there are new credentials to make it with;
 * adds nothing to a write that would make it idempotent.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #base: URL;
  readonly #connectTimeoutMs: number;
  readonly #agents: ConnectionAgents;

  /** @throws AppError `configuration` for a base URL or a proxy address that can't be used. */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#base = parseBaseUrl(options.baseUrlName, options.baseUrl);
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
    const proxyFor = options.proxyFor ?? getProxyForUrl;
    this.#agents = connectionAgents(this.#base, proxyFor, this.#connectTimeoutMs);
  }

  /** @throws ApiError; `ApiErrorKind` says what each kind promises. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const url = this.#urlOf(request);
    await this.#options.beforeRequest?.();
    const credentials = await this.#options.authorize();
    const { status, result } = await this.#attempt(request, url, credentials);
    const renewed = status === 401 ? await this.#options.renew?.(credentials) : null;
    if (!renewed) return settled(result);
    await this.#options.beforeRequest?.();
    return settled((await this.#attempt(request, url, renewed)).result);
  }

  /** One exchange, reported; what its reply amounts to. */
  async #attempt(request: HttpRequest, url: URL, credentials: Record<string, string>) {
    const startedAt = performance.now();
    let status: number | null = null;
    let vendorNow: number | null = null;
    let outcome: Exchange['outcome'] = 'ok';
    try {
      const reply = await this.#send(request, url, credentials);
      status = reply.status;
      vendorNow = vendorClock(reply.headers);
      const result = this.#judge(request, reply);
      if (result instanceof ApiError) outcome = result.kind;
      return { status, result };
    } catch (error) {
      if (error instanceof ApiError) outcome = error.kind;
      throw error;
    } finally {
      const durationMs = performance.now() - startedAt;
      this.#report(request, { status, durationMs, outcome, vendorNow });
    }
  }

  #urlOf({ route, path, query }: HttpRequest): URL {
    const url = new URL(this.#base);
    const pathname = this.#base.pathname.replace(/\/$/, '') + path;
    url.pathname = pathname;
    // URL parsing resolves `..`: an id must not be able to turn one route into another.
    if (url.pathname !== pathname) throw this.#error(route, 'refused', { reason: 'unsafe path' });
    for (const [name, value] of query ?? []) url.searchParams.append(name, value);
    return url;
  }

  async #send(request: HttpRequest, url: URL, credentials: Record<string, string>) {
    const method = methodOf(request);
    const body = request.json === undefined ? undefined : JSON.stringify(request.json);
    const headers = headersFor(this.#options.version, credentials, body);
    const bounds = this.#boundsOf(request);
    try {
      return await sendRequest({ method, url, headers, body, ...bounds });
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      const kind = error.isSent ? lostKind(method !== 'GET') : 'unavailable';
      throw this.#error(request.route, kind, { reason: error.message });
    }
  }

  #boundsOf(request: HttpRequest) {
    const { readTimeoutMs, writeTimeoutMs, maxBytes } = this.#options;
    const isWrite = methodOf(request) !== 'GET';
    return {
      agents: isWrite ? this.#agents.writes : this.#agents.reads,
      totalMs: isWrite ? (writeTimeoutMs ?? 60_000) : (readTimeoutMs ?? 30_000),
      connectMs: this.#connectTimeoutMs,
      maxBytes: maxBytes ?? 4 * 1024 * 1024,
      signal: request.signal ?? this.#options.signal,
    };
  }

  #judge(request: HttpRequest, reply: WireReply): HttpReply | ApiError {
    const { status, headers } = reply;
    const isWrite = methodOf(request) !== 'GET';
    const shown = <T>(body: T): T => {
      this.#options.onReply?.({
        vendor: this.#options.vendor,
        route: request.route,
        isWrite,
        status,
        body,
      });
      return body;
    };
    const { accountStatuses = [] } = request;
    const verdict = judgeStatus(status, { isWrite, accountStatuses });
    const answer = { status, headers, vendorNow: vendorClock(headers) };
    if (request.passStatuses?.includes(status) === true) {
      return { ...answer, body: shown(briefBody(reply.text)) };
    }
    if (verdict !== null) {
      const body = shown(briefBody(reply.text));
      const redirect =
        verdict.reason === 'redirect' ? this.#redirectOf(headers.location) : undefined;
      const { reason } = verdict;
      const facts = { status, body, reason, redirect, retryAfterMs: retryAfterMs(headers) };
      return this.#error(request.route, verdict.kind, facts);
    }
    const parsed = parseBody(reply.text);
    if (parsed.isJson) return { ...answer, body: shown(parsed.value) };
    if (request.isEmptyOk === true && reply.text.trim() === '') return { ...answer, body: null };
    return this.#error(request.route, lostKind(isWrite), { status, reason: parsed.reason });
  }

  #redirectOf(location: string | undefined): Redirect {
    const base = this.#base.href;
    const isUsable = location !== undefined && URL.canParse(location, base);
    const url = isUsable ? new URL(location, base) : undefined;
    const isWeb = url !== undefined && /^https?:$/.test(url.protocol) && url.host.length <= 255;
    return { origin: isWeb ? url.origin : undefined, setting: this.#options.baseUrlName };
  }

  #error(
    route: string,
    kind: ApiErrorKind,
    facts: Omit<ApiErrorFacts, 'vendor' | 'route' | 'kind'>,
  ) {
    const { vendor } = this.#options;
    return new ApiError({ vendor, route, kind, origin: this.#base.origin, ...facts });
  }

  #report(request: HttpRequest, facts: Omit<Exchange, 'vendor' | 'route' | 'method'>): void {
    const { vendor, onExchange } = this.#options;
    onExchange?.({ vendor, route: request.route, method: methodOf(request), ...facts });
  }
}

function settled(result: HttpReply | ApiError): HttpReply {
  if (result instanceof ApiError) throw result;
  return result;
}

function headersFor(
  version: string,
  credentials: Record<string, string>,
  body: string | undefined,
): Record<string, string> {
  return {
    'user-agent': `codesubmit-lever/${version}`,
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...credentials,
  };
}
