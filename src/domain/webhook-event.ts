/** The changes in Lever that a webhook tells of at once; each has a webhook, and so a signing token, of its own. */
export const WEBHOOK_EVENTS = [
  'candidateStageChange',
  'candidateArchiveChange',
  'candidateDeleted',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Of a webhook's signing token, as all that were seen have it. */
export const SIGNING_TOKEN = /^[0-9a-f]{48}$/i;
