// Signs a webhook's body as Lever does.
import { createHmac, randomBytes } from 'node:crypto';

export interface WebhookContent {
  event: string;
  data: Record<string, unknown>;
  triggeredAt: number;
}

/**
 * Lever's signature, as documented: hex HMAC-SHA256 over `token` and `triggeredAt`, with the signature token as key.
 * `data` isn't covered.
 */
function signature(signatureToken: string, token: string, triggeredAt: number): string {
  return createHmac('sha256', signatureToken)
    .update(token + String(triggeredAt))
    .digest('hex');
}

/** A webhook's body as Lever sends it, with a new random `token`. */
export function signedBody(content: WebhookContent, signatureToken: string) {
  const { event, data, triggeredAt } = content;
  const token = randomBytes(24).toString('hex');
  return {
    event,
    triggeredAt,
    token,
    signature: signature(signatureToken, token, triggeredAt),
    data,
  };
}
