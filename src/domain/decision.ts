/** The possible conclusions about one opportunity. The codes are shown, stored and measured. */
import type { InvitationId } from './ids.js';
import { REASON_CODES, REASONS, type ReasonsLike } from './reasons.js';
import type { Rule } from './rule.js';

export type HoldReason = ReasonsLike<{ kind: 'hold' }>;
export type IgnoreReason = ReasonsLike<{ kind: 'ignore' }>;

/** Reasons of the holds that `approve` ends. */
export type ApprovableReason = ReasonsLike<{ canApprove: string }>;

export const HOLD_REASONS = REASON_CODES.filter(
  (code): code is HoldReason => REASONS[code].kind === 'hold',
);
export const IGNORE_REASONS = REASON_CODES.filter(
  (code): code is IgnoreReason => REASONS[code].kind === 'ignore',
);
export const APPROVABLE_REASONS = REASON_CODES.filter(
  (code): code is ApprovableReason => REASONS[code].canApprove !== undefined,
);

export interface Invite {
  kind: 'invite';
  rule: Rule;
  email: string;
  firstName: string;
  lastName: string;
  /** An admin approved the candidate, or chose to invite them with the rule. The brake doesn't count the invite. */
  isApproved: boolean;
}

export interface Hold {
  kind: 'hold';
  reason: HoldReason;
  detail: string | null;
  rule: Rule | null;
  /** When to decide again, epoch ms; only for `delayed`. */
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
  /** Whether both opportunities are of one contact, who then already has the link. */
  isSameContact: boolean;
}

export type Decision = Invite | Hold | Ignore;
