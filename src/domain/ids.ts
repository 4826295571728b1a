import { AppError } from './errors.js';

/** Identifiers as branded types, so the compiler tells them apart. */
declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type OpportunityId = Branded<string, 'OpportunityId'>;
/** Lever's; not always a UUID (`applicant-new`, `offer`). */
export type StageId = Branded<string, 'StageId'>;
export type ContactId = Branded<string, 'ContactId'>;
export type PostingId = Branded<string, 'PostingId'>;
/** CodeSubmit's `test.id`. */
export type ChallengeId = Branded<string, 'ChallengeId'>;
/** CodeSubmit's id for one sent challenge. */
export type VendorInvitationId = Branded<string, 'VendorInvitationId'>;
/** Ours: the number that `status` shows and `settle` expects. */
export type InvitationId = Branded<number, 'InvitationId'>;
export type RuleId = Branded<number, 'RuleId'>;

/** As `status` shows it. Throws `usage` when it isn't one. */
export function parseInvitationId(text: string): InvitationId {
  if (/^\d{1,15}$/.test(text)) return Number(text) as InvitationId;
  throw new AppError('usage', `“${text}” is not an invitation id.`, 'Run: codesubmit-lever status');
}
