/** The only way out to a vendor: JSON both ways, every failure an `ApiError` of the right kind. */
import { ApiError, type ApiErrorFacts, type ApiErrorKind, type Vendor } from '../domain/errors.js';
import type { SeenReply } from '../store/reply-shapes.js';
import { parseBaseUrl } from '../store/settings/vendor-addresses.js';
import {
  briefBody,
  connectionAgents,
  type ConnectionAgents,
  judgeStatus,
  kindOfLostReply,
  type Method,
  parseBody,
  retryAfterMs,
  sendRequest,
  vendorClock,
  WireFailure,
  type WireReply,
  type WireRequest,
} from './send-request.js';

/** One request to a vendor. */
export interface HttpRequest {
  /** Method and pattern, never an id; shown in logs and errors. */
  route: `${Method} /${string}`;
  /** The actual path under the base URL, ids percent-encoded. */
  path: string;
  query?: readonly (readonly [string, string])[];
  json?: unknown;
  /** Statuses besides 401 by which this route rejects the account: `unauthorized`. */
  accountStatuses?: readonly number[];
  /** Statuses that are an answer here: returned, not thrown, whatever their body. */
  passStatuses?: readonly number[];
}

export interface HttpReply {
  status: number;
  /** Parsed JSON, or plain text for a passed status without JSON. */
  body: unknown;
  /** The vendor's clock (`Date` header), epoch ms; null when missing. */
  vendorNow: number | null;
  /** How long the exchange took, without waits before it. */
  tookMs: number;
}

/** The largest reply accepted, decompressed. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;

/** The method that its route begins with. */
function methodOf(request: HttpRequest): Method {
  return request.route.slice(0, request.route.indexOf(' ')) as Method;
}

function isWrite(request: HttpRequest): boolean {
  return methodOf(request) !== 'GET';
}

/**
 * Calls one vendor. Makes one attempt per call, and a second one only after a 401 if there are new credentials. Adds
 * nothing to a write that would make it idempotent.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #base: URL;
  readonly #agents: ConnectionAgents;
  readonly #wire: Wire;

  /** @throws AppError `configuration` for an invalid base URL or proxy address. */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#wire = options.wire ?? NETWORK;
    this.#base = parseBaseUrl(options.baseUrlName, options.baseUrl);
    this.#agents = connectionAgents(this.#base);
  }

  /**
   * Resolves with what `read` makes of the reply: a reply that it throws for is a failed call. Reports what each call
   * came to (`onOutcome`). Where the client can wait out a rate limit (`waitOut`), it calls again instead of throwing.
   * @throws ApiError; see `ApiErrorKind` for what each kind promises.
   */
  async request<T = HttpReply>(
    request: HttpRequest,
    read: (reply: HttpReply) => T = (reply) => reply as T,
  ): Promise<T> {
    const { vendor, waitOut, onOutcome } = this.#options;
    for (;;) {
      try {
        const reply = await this.#attemptAndRenew(request);
        const found = read(reply);
        await onOutcome?.(vendor, request.route, this.#refusalIn(reply, request));
        return found;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        await onOutcome?.(vendor, request.route, error);
        if (error.kind !== 'rate_limited' || !waitOut) throw error;
        // A call that was rate-limited had no effect, so it is made again.
        await waitOut(error);
      }
    }
  }

  /**
   * Makes one attempt, and after a 401 another one if there are new credentials. Each waits for its turn in the rate
   * limit first (`beforeRequest`).
   */
  async #attemptAndRenew(request: HttpRequest): Promise<HttpReply> {
    const url = this.#urlOf(request);
    const credentials = await this.#options.authorize();
    await this.#options.beforeRequest?.();
    try {
      return await this.#attempt(request, url, credentials);
    } catch (error) {
      // A 401 had no effect, so even a write may be repeated, if there are new credentials.
      const is401 = error instanceof ApiError && error.status === 401;
      const renewed = is401 ? await this.#options.renew?.(credentials) : null;
      if (!renewed) throw error;
      await this.#options.beforeRequest?.();
      return this.#attempt(request, url, renewed);
    }
  }

  /** A refusal, if the reply is a read's 403 that passes: it doesn't show that our account is accepted. Else null. */
  #refusalIn({ status }: HttpReply, request: HttpRequest): ApiError | null {
    if (status !== 403 || isWrite(request)) return null;
    return this.#error(request.route, 'refused', { status, reason: 'refused' });
  }

  /** Makes one exchange, reports it with its duration, and returns its answer. Throws the `ApiError` that it means. */
  async #attempt(request: HttpRequest, url: URL, credentials: Credentials): Promise<HttpReply> {
    const { elapsedMs } = this.#wire;
    const startedAt = elapsedMs();
    let outcome: Exchange['outcome'] = 'ok';
    try {
      const answer = this.#judge(request, await this.#send(request, url, credentials));
      return { ...answer, tookMs: elapsedMs() - startedAt };
    } catch (error) {
      if (error instanceof ApiError) outcome = error.kind;
      throw error;
    } finally {
      const { vendor, onExchange } = this.#options;
      onExchange?.({ vendor, route: request.route, durationMs: elapsedMs() - startedAt, outcome });
    }
  }

  /** Where the request goes. Throws `ApiError` `refused` for an id that would change the path. */
  #urlOf({ route, path, query }: HttpRequest): URL {
    const url = new URL(this.#base);
    // A base URL that is only an origin has the path `/`.
    const pathname = this.#base.pathname.replace(/\/$/, '') + path;
    url.pathname = pathname;
    // URL parsing resolves `..`: an id must not be able to turn one route into another.
    if (url.pathname !== pathname) throw this.#error(route, 'refused', { reason: 'unsafe path' });
    for (const [name, value] of query ?? []) url.searchParams.append(name, value);
    return url;
  }

  /** The reply, whatever its status. Throws `ApiError` if none came. */
  async #send(request: HttpRequest, url: URL, credentials: Credentials) {
    const writes = isWrite(request);
    const { version, signal, timeoutMs = writes ? 60_000 : 30_000 } = this.#options;
    const body = request.json === undefined ? undefined : JSON.stringify(request.json);
    try {
      return await this.#wire.send({
        method: methodOf(request),
        url,
        headers: {
          'user-agent': `codesubmit-lever/${version}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...credentials,
        },
        body,
        agents: writes ? this.#agents.writes : this.#agents.reads,
        totalMs: timeoutMs,
        maxBytes: MAX_REPLY_BYTES,
        signal,
      });
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      // A request that never left had no effect, whatever it was.
      const kind = error.isSent ? kindOfLostReply(writes) : 'unavailable';
      throw this.#error(request.route, kind, { reason: error.message });
    }
  }

  /** The answer in the reply. Throws the `ApiError` that the reply means. Reports the body, if readable (`onReply`). */
  #judge(request: HttpRequest, reply: WireReply): Omit<HttpReply, 'tookMs'> {
    const { status, headers, text } = reply;
    const { route, passStatuses, accountStatuses } = request;
    const { vendor, onReply, baseUrlName } = this.#options;
    const writes = isWrite(request);
    const isPassed = passStatuses?.includes(status) === true;
    // A status that passes is an answer even where its verdict would be a failure.
    const verdict = isPassed ? null : judgeStatus(status, writes, accountStatuses);
    const isRefusal = isPassed || verdict !== null;
    const parsed = isRefusal ? { isJson: true as const, value: briefBody(text) } : parseBody(text);
    if (!parsed.isJson) {
      throw this.#error(route, kindOfLostReply(writes), { status, reason: parsed.reason });
    }
    const body = parsed.value;
    onReply?.({ vendor, route, isWrite: writes, status, body });
    if (verdict === null) return { status, vendorNow: vendorClock(headers), body };
    const { kind, reason } = verdict;
    // Probably the setting with our address is wrong.
    const addressSetting = reason === 'redirect' ? baseUrlName : undefined;
    const facts = { status, body, reason, addressSetting, retryAfterMs: retryAfterMs(headers) };
    throw this.#error(route, kind, facts);
  }

  /** A failure of this client's vendor, with the origin that it calls. */
  #error(
    route: string,
    kind: ApiErrorKind,
    facts: Omit<ApiErrorFacts, 'vendor' | 'route' | 'kind'>,
  ) {
    const { vendor } = this.#options;
    return new ApiError({ vendor, route, kind, origin: this.#base.origin, ...facts });
  }
}

/** One finished exchange, for logs and metrics; contains nothing personal. */
export interface Exchange {
  vendor: Vendor;
  route: string;
  durationMs: number;
  outcome: 'ok' | ApiErrorKind;
}

/** How one request goes out, and the clock that measures it. */
export interface Wire {
  /** @throws WireFailure */
  send: (request: WireRequest) => Promise<WireReply>;
  elapsedMs: () => number;
}

const NETWORK: Wire = { send: sendRequest, elapsedMs: () => performance.now() };

/** Headers with which a request is authorized. */
export type Credentials = Readonly<Record<string, string>>;

/** What requests are authorized with. */
export interface Auth {
  /** The headers for the next request. */
  authorize: () => Promise<Credentials>;
  /** Called for a 401, which had no effect. Returns other headers to repeat the request with, once; null for none. */
  renew?: (refused: Credentials) => Promise<Credentials | null>;
}

/** What every vendor's client gets from the composition root. */
export interface HttpSettings {
  /** The package's version, for the User-Agent. */
  version: string;
  /** Time limit for a call; by default 30 s for a read, and 60 s for a write. */
  timeoutMs?: number;
  /** Resolves when a call that was rate-limited may be made again. Without it the error is thrown. */
  waitOut?: (error: ApiError) => Promise<void>;
  onExchange?: ((exchange: Exchange) => void) | undefined;
  /**
   * Called with what each call came to; `error` is null for an answer. The call waits for it. The client can't know
   * `isKeyInForce`, whether the call's key or login is still the stored one: its maker adds it.
   */
  onOutcome?: (
    vendor: Vendor,
    route: string,
    error: ApiError | null,
    isKeyInForce?: () => boolean,
  ) => Promise<void>;
  onReply?: (reply: SeenReply) => void;
  /** The network by default; a simulated time has its own. */
  wire?: Wire;
  /** Cancels whatever the client is doing. */
  signal?: AbortSignal;
}

interface HttpClientOptions extends HttpSettings, Auth {
  vendor: Vendor;
  baseUrl: string;
  /** The setting that `baseUrl` comes from, for error messages. */
  baseUrlName: string;
  /**
   * Awaited before every request, outside its time limit: for rate limits. Nothing is awaited after it. Otherwise calls
   * that had their turn and waited for a login would all leave together.
   */
  beforeRequest?: () => Promise<void>;
}
