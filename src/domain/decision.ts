/** What can be concluded about one opportunity at one moment. The codes are shown, stored and measured. */
import type { InvitationId } from './ids.js';
import type { Rule } from './rule.js';

export const HOLD_REASONS = [
  'near_tag',
  'ambiguous_tags',
  'second_challenge',
  'similar_address',
  'link_present',
  'no_email',
  'no_name',
  'unknown_challenge',
  'brake',
  'delayed',
  'paused',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** The holds that a person's `approve` ends. */
export const APPROVABLE_REASONS = [
  'brake',
  'second_challenge',
  'similar_address',
  'link_present',
] as const satisfies readonly HoldReason[];
export type ApprovableReason = (typeof APPROVABLE_REASONS)[number];

/** Somebody else may have sent it. */
export type SentElsewhereReason = 'similar_address' | 'link_present';

export const IGNORE_REASONS = [
  'no_tag',
  'other_stage',
  'left_stage',
  'archived',
  'anonymized',
  'contact_not_allowed',
  'already_invited',
  'before_activation',
  'no_access',
  'deleted',
] as const;
export type IgnoreReason = (typeof IGNORE_REASONS)[number];

export interface Invite {
  kind: 'invite';
  rule: Rule;
  email: string;
  firstName: string;
  lastName: string;
  /** Approved by hand or chosen at activation: the brake does not count it. */
  isApproved: boolean;
}

export interface Hold {
  kind: 'hold';
  reason: HoldReason;
  detail: string | null;
  rule: Rule | null;
  /** Epoch ms at which it is decided again; only of `delayed`. */
  until: number | null;
}

export interface Ignore {
  kind: 'ignore';
  reason: IgnoreReason;
  detail: string | null;
  /** The invitation that the same person has through another opportunity. */
  shares: Shared | null;
}

export interface Shared {
  invitationId: InvitationId;
  /** Links belong to the contact, who has it then. */
  isSameContact: boolean;
}

export type Decision = Invite | Hold | Ignore;
