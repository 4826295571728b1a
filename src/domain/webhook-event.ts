/** The changes in Lever that a webhook tells of at once; each has a webhook, and so a signing token, of its own. */
export const WEBHOOK_EVENTS = [
  'candidateStageChange',
  'candidateArchiveChange',
  'candidateDeleted',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
