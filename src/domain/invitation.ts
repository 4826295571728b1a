/** An invitation's states and its progress, by the names that `status` shows. */
export const INVITATION_STATES = [
  'queued',
  'sending',
  'uncertain',
  'invited',
  'linked',
  'failed',
  'cancelled',
] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

/** States that count as a promise; `failed` and `cancelled` don't. */
export const PROMISED_STATES = ['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;

export const PROGRESS = [
  'invited',
  'started',
  'submitted',
  'reviewed',
  'expired',
  'cancelled',
  'unknown',
] as const;
