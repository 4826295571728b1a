/** HTTP for the OAuth library: one POST, no redirect, bounded in time and size. */
import type { CustomFetch } from 'openid-client';
import { getProxyForUrl } from 'proxy-from-env';
import { ApiError, type ApiErrorFacts, type ApiErrorKind } from '../domain/errors.js';
import { connectionAgents } from '../net/connection-agents.js';
import type { HttpSettings } from '../net/http-client.js';
import {
  judgeStatus,
  parseBody,
  retryAfterMs,
  sendRequest,
  WireFailure,
  type WireReply,
} from '../net/send-request.js';

export const TOKEN_ROUTE = 'POST /oauth/token';

const CONNECT_MS = 10_000;
const TOTAL_MS = 30_000;
/** A reply with two tokens takes a few kilobytes. */
const MAX_BYTES = 256 * 1024;

/** The longest a token request can take, whatever the other side does, in ms. */
export const LONGEST_TOKEN_REQUEST_MS = TOTAL_MS + CONNECT_MS;

type BodyKind = ConstructorParameters<typeof URLSearchParams>[0];

/**
 * A fetch that returns what the token endpoint granted or refused. It throws an `ApiError` for anything else:
 * `unavailable` or `rate_limited`, because no request to Lever's API has left. It connects only to `tokenUrl`.
 */
export function tokenFetch(tokenUrl: URL, http: HttpSettings): CustomFetch {
  const connectMs = http.connectTimeoutMs ?? CONNECT_MS;
  const { writes } = connectionAgents(tokenUrl, http.proxyFor ?? getProxyForUrl, connectMs);
  return async (url, { body, headers }) => {
    if (url !== tokenUrl.href) throw new Error('only the token endpoint is ever asked');
    const startedAt = performance.now();
    let outcome: 'ok' | ApiErrorKind = 'ok';
    try {
      return toResponse(await send(body as BodyKind, headers));
    } catch (error) {
      if (error instanceof ApiError) outcome = error.kind;
      throw error;
    } finally {
      const durationMs = performance.now() - startedAt;
      http.onExchange?.({ vendor: 'lever', route: TOKEN_ROUTE, durationMs, outcome });
    }
  };

  async function send(body: BodyKind, headers: Record<string, string>): Promise<WireReply> {
    const ours = { ...headers, 'user-agent': `codesubmit-lever/${http.version}` };
    try {
      return await sendRequest({
        method: 'POST',
        url: tokenUrl,
        headers: ours,
        agents: writes,
        connectMs,
        body: new URLSearchParams(body).toString(),
        totalMs: http.writeTimeoutMs ?? TOTAL_MS,
        maxBytes: MAX_BYTES,
        signal: http.signal,
      });
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      throw unavailable({ reason: error.message, origin: tokenUrl.origin });
    }
  }
}

/**
 * Passes on the JSON object of a 2xx or 4xx. Drops an ID token, which we don't request and whose issuer is unknown.
 * Drops all headers: the body says more than `WWW-Authenticate`.
 */
function toResponse(reply: WireReply): Response {
  const { status, text, headers } = reply;
  // Judged as a read: a token request changes nothing in Lever's data, so no outcome is unknown.
  const verdict = judgeStatus(status, { isWrite: false, accountStatuses: [] });
  if (verdict?.kind === 'rate_limited') {
    const { kind, reason } = verdict;
    throw unavailable({ kind, reason, retryAfterMs: retryAfterMs(headers) });
  }
  // A 4xx says why the login is refused, except a 408, which comes from something in between.
  const isAnswer = status < 300 || (status >= 400 && status < 500 && status !== 408);
  if (!isAnswer) throw unavailable({ reason: `${verdict?.reason ?? 'answer'} ${String(status)}` });
  const parsed = parseBody(text);
  if (!parsed.isJson) throw unavailable({ reason: `${parsed.reason}, status ${String(status)}` });
  const body = typeof parsed.value === 'object' ? { ...parsed.value, id_token: undefined } : {};
  return Response.json(body, { status: status < 300 ? 200 : status });
}

/** The failure without a status: it concerns the vendor, not the record for which a token was needed. */
function unavailable(
  facts: Pick<ApiErrorFacts, 'reason' | 'origin' | 'retryAfterMs'> & { kind?: ApiErrorKind },
): ApiError {
  return new ApiError({ vendor: 'lever', kind: 'unavailable', route: TOKEN_ROUTE, ...facts });
}
