/** An invitation's states, by the names that `status` shows. */
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

/** A candidate who would get a challenge. */
export interface Recipient {
  opportunityId: string;
  candidate: string | null;
  challenge: string;
  /** Why they wait for it. */
  why?: string;
}

/** States that count as a promise. */
export const PROMISED_STATES = ['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;
