/** A problem that an admin should know about, with the code that other programs use for it. */
import type { Vendor } from './errors.js';
import { formatDuration } from './format.js';

export const PROBLEM_CODES = [
  'not_set_up',
  'revoked',
  'storage_full',
  'storage_low',
  'clock_off',
  'restored_copy',
  'needs_reauth',
  'other_account',
  'key_withheld',
  'key_overridden',
  'login_ending',
  'signatures_refused',
  'webhook_silent',
  'second_sender',
  'sent_twice',
  'alarm_not_told',
  'brake',
  'uncertain',
  'failed',
  'unknown_challenge',
  'queued_too_long',
  'sending_too_long',
  'look_too_long',
  'writeback_too_long',
  'list_unreadable',
  'sweep_failed',
  'look_failed',
  'link_not_written',
  'note_not_written',
  'tag_not_written',
  'perform_as_missing',
  'link_refused',
  'note_refused',
  'tag_refused',
  'link_not_found',
  'no_rules',
  // Found by checks, and kept until a later one passes.
  'home_open',
  'stage_gone',
  'same_stage_name',
  'public_url',
  'acting_user_gone',
  'rights_missing',
  'second_integration',
  'codesubmit_integration_on',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface Problem {
  code: ProblemCode;
  vendor: Vendor | null;
  /** ISO 8601, UTC; null when unknown. */
  since: string | null;
  /** `fail`: a candidate gets no challenge, or may not. `warn` can wait. */
  level: 'warn' | 'fail';
  /** Tells problems with the same code apart: a rule, a challenge. Empty if there is only one. */
  subject: string;
  /** A sentence without full stop, address, e-mail or link: alarms leave this machine. */
  what: string;
  /** The command, or the one step, that fixes it. */
  fix: string;
  /** Candidates' pages in Lever that belong to the problem. Shown on this machine only. */
  links: readonly string[];
  /** Whether the problem is posted to the admin's channel. */
  isAlarm: boolean;
  /** What waits until the problem is fixed. */
  stops: 'everything' | 'sending' | null;
}

export const SET_THE_CLOCK = 'Set the clock and keep it in sync: sudo timedatectl set-ntp true';

/** The problem of clocks that differ. `leadMs`: how far our clock is ahead of Lever's. */
export function clockOff(leadMs: number): Pick<Problem, 'code' | 'vendor' | 'what' | 'fix'> {
  const side = leadMs > 0 ? 'ahead of' : 'behind';
  const what = `This machine’s clock is ${formatDuration(Math.abs(leadMs))} ${side} Lever’s`;
  return { code: 'clock_off', vendor: null, what, fix: SET_THE_CLOCK };
}
