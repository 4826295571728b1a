// Signed webhook deliveries like Lever's, and plain requests that carry them.
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

const LIMIT_MS = 45_000;

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export interface Delivery {
  readonly event: string;
  readonly triggeredAt: number;
  readonly token: string;
  readonly signature: string;
  readonly data: object;
}

export function newToken(): string {
  return randomBytes(24).toString('hex');
}

/** hex(HMAC-SHA256(key, token + String(triggeredAt))), as Lever documents it. */
export function signatureOf(signingToken: string, token: string, triggeredAt: number): string {
  return createHmac('sha256', signingToken)
    .update(token + String(triggeredAt))
    .digest('hex');
}

export function signedDelivery(
  signingToken: string,
  data: object,
  { event = 'candidateStageChange', triggeredAt = Date.now(), token = newToken() } = {},
): Delivery {
  return {
    event,
    triggeredAt,
    token,
    signature: signatureOf(signingToken, token, triggeredAt),
    data,
  };
}

/** One request without a kept connection; rejects when there is no complete answer. */
export async function call(
  method: string,
  url: string,
  { body, headers = {} }: { body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  // The path is sent as written: URL would normalise what some tests mean to send.
  const path = url.replace(/^https?:\/\/[^/]+/, '') || '/';
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request({
    method,
    hostname,
    port,
    path,
    headers: { ...length, ...headers },
    agent: false,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const answer = await text(incoming);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: answer };
}

export function deliver(url: string, delivery: object): Promise<Answer> {
  return call('POST', url, {
    body: JSON.stringify(delivery),
    headers: { 'content-type': 'application/json', 'user-agent': 'Lever-Webhooks' },
  });
}
