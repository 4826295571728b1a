import { AppError } from './errors.js';

/** Identifiers as branded types, so that one kind is never handed where another is meant. */
declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type OpportunityId = Branded<string, 'OpportunityId'>;
/** Lever's; not always a UUID (`applicant-new`, `offer`). */
export type StageId = Branded<string, 'StageId'>;
export type ContactId = Branded<string, 'ContactId'>;
export type PostingId = Branded<string, 'PostingId'>;
/** CodeSubmit's `test.id`. */
export type ChallengeId = Branded<string, 'ChallengeId'>;
/** CodeSubmit's id of one sent challenge. */
export type VendorInvitationId = Branded<string, 'VendorInvitationId'>;
/** Ours: the number that `status` shows and `settle` takes. */
export type InvitationId = Branded<number, 'InvitationId'>;
export type RuleId = Branded<number, 'RuleId'>;

// The number of an invitation, as `status` shows it.

/** Throws `usage` when it is no such number. */
export function parseInvitationId(text: string): InvitationId {
  if (/^\d{1,15}$/.test(text)) return Number(text) as InvitationId;
  throw new AppError('usage', `“${text}” is no invitation’s id.`, 'Run: codesubmit-lever status');
}
