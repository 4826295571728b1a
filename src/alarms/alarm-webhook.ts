/** Posts a text to the admin's webhook, in the form that Slack's incoming webhooks take. */
import { getProxyForUrl } from 'proxy-from-env';
import { connectionAgents } from '../http-client/connection-agents.js';
import { retryAfterMs } from '../http-client/retry-after.js';
import { sendRequest, WireFailure } from '../http-client/send-request.js';

const CONNECT_MS = 10_000;
const TOTAL_MS = 20_000;
const MAX_REPLY_BYTES = 64 * 1024;

export type Posting =
  | { kind: 'taken' }
  /** `why` holds nothing of the address, which is a secret. */
  | { kind: 'refused'; why: string; retryAfterMs?: number | undefined };

/** One attempt; any 2xx has taken it. */
export async function postText(
  url: URL,
  text: string,
  { version, signal }: { version: string; signal?: AbortSignal | undefined },
): Promise<Posting> {
  const agents = connectionAgents(url, getProxyForUrl, CONNECT_MS).writes;
  const headers = {
    'user-agent': `codesubmit-lever/${version}`,
    'content-type': 'application/json',
  };
  const limits = { totalMs: TOTAL_MS, connectMs: CONNECT_MS, maxBytes: MAX_REPLY_BYTES, signal };
  const body = JSON.stringify({ text });
  try {
    const reply = await sendRequest({ method: 'POST', url, headers, body, agents, ...limits });
    if (reply.status >= 200 && reply.status < 300) return { kind: 'taken' };
    const why = `it answers ${String(reply.status)}`;
    return { kind: 'refused', why, retryAfterMs: retryAfterMs(reply.headers) };
  } catch (error) {
    if (!(error instanceof WireFailure)) throw error;
    return { kind: 'refused', why: error.message };
  }
}
