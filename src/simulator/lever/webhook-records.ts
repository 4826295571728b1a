// The records of webhooks and of their deliveries.

export const webhookEvents = [
  'applicationCreated',
  'candidateHired',
  'candidateStageChange',
  'candidateArchiveChange',
  'candidateDeleted',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export interface Webhook {
  id: string;
  url: string;
  event: WebhookEvent;
  signatureToken: string;
  verifiedAt: number | null;
  /** The last result of Verify Connection. */
  lastVerification: Attempt | null;
  createdAt: number;
}

export interface Attempt {
  at: number;
  status: number | null;
  error: string | null;
}

export interface Delivery {
  id: string;
  webhookId: string;
  url: string;
  body: Record<string, unknown>;
  state: 'pending' | 'delivered' | 'failed';
  attempts: Attempt[];
}

export interface WebhookInput {
  url: string;
  event: WebhookEvent;
  signatureToken?: string | undefined;
}
