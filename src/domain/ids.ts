/** Ids of Lever, of CodeSubmit and our own, as branded types: the compiler tells them apart. */
import { AppError } from './errors.js';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type OpportunityId = Branded<string, 'OpportunityId'>;
/** A stage of Lever; not always a UUID (`applicant-new`, `offer`). */
export type StageId = Branded<string, 'StageId'>;
export type ContactId = Branded<string, 'ContactId'>;
export type PostingId = Branded<string, 'PostingId'>;
/** CodeSubmit's `test.id`. */
export type ChallengeId = Branded<string, 'ChallengeId'>;
/** CodeSubmit's id for one sent challenge. */
export type VendorInvitationId = Branded<string, 'VendorInvitationId'>;
/** Our number of an invitation, which `status` shows and `settle` expects. */
export type InvitationId = Branded<number, 'InvitationId'>;
export type RuleId = Branded<number, 'RuleId'>;

/** Parses an invitation id as `status` shows it. Throws `usage` for anything else. */
export function parseInvitationId(text: string): InvitationId {
  if (/^\d{1,15}$/.test(text)) return Number(text) as InvitationId;
  throw new AppError('usage', `“${text}” is not an invitation id.`, 'Run: codesubmit-lever status');
}
