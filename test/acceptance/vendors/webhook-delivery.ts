// Signed webhook deliveries like Lever's, and plain requests that carry them.
import { createHmac, randomBytes } from 'node:crypto';
import { request, type Agent } from 'node:http';

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

/**
 * One request without a kept connection unless an agent keeps it; rejects when there is no complete
 * answer.
 */
export function call(
  method: string,
  url: string,
  {
    body,
    headers = {},
    agent,
    timeoutMs = 45_000,
  }: {
    body?: string | Buffer;
    headers?: Record<string, string>;
    agent?: Agent;
    timeoutMs?: number;
  } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  // The path is sent as written: URL would normalise what some tests mean to send.
  const path = url.replace(/^https?:\/\/[^/]+/, '') || '/';
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        method,
        hostname,
        port,
        path,
        headers: {
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
        agent: agent ?? false,
        timeout: timeoutMs,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer within ${String(timeoutMs)} ms`)),
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export function deliver(url: string, delivery: object): Promise<Answer> {
  return call('POST', url, {
    body: JSON.stringify(delivery),
    headers: { 'content-type': 'application/json', 'user-agent': 'Lever-Webhooks' },
  });
}
