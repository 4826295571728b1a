/**
 * What was promised to whom.
 *
 *   queued ──intent──▶ sending ──accepted──▶ invited ──link in Lever──▶ linked
 *     ▲ │                │  │
 *     │ │                │  └─ can't be known ──▶ uncertain ──settle──▶ invited | queued
 *     │ └─ no longer     └─ refused ──▶ failed
 *     │    warranted
 *     └──── cancelled, failed: queued again by a decision or `retry`
 */
import type { InvitationState } from '../../domain/invitation.js';
import type { Progress } from '../../domain/progress.js';

/** Why it is looked up: no answer, an accepting one, or perhaps a refusal of a second one. */
export type LookupKind = 'unanswered' | 'accepted' | 'refused';

export interface InvitationRow {
  id: number;
  opportunity_id: string;
  challenge_id: string;
  challenge_name: string;
  repetition: number;
  is_by_hand: number;
  rule_id: number | null;
  visit_stage_id: string;
  visit_at: number;
  contact_id: string | null;
  email_hash: Buffer;
  sealed_email: Buffer | null;
  addresses: string | null;
  person_hashes: string | null;
  refused_addresses: string | null;
  first_name: string | null;
  last_name: string | null;
  due_days: number | null;
  time_limit_minutes: number | null;
  reuse_ms: number;
  state: InvitationState;
  reason: string | null;
  detail: string | null;
  is_approved: number;
  awaits_decision: number;
  promised_at: number;
  next_attempt_at: number;
  attempts: number;
  claim: string | null;
  intent_at: number | null;
  /** By CodeSubmit's clock: the first intent that may have had an effect, and the reply that accepted it. */
  intent_at_vendor: number | null;
  accepted_at: number | null;
  went_at: number | null;
  lookup_kind: LookupKind | null;
  lookup_at: number | null;
  /** CodeSubmit's `Date` of the first reading that proved an absence, and how often two did. */
  absent_at: number | null;
  absences: number;
  vendor_id: string | null;
  sealed_link: Buffer | null;
  /** Keyed; kept when the link is erased. */
  link_hash: Buffer | null;
  status_number: number | null;
  commits_count: number | null;
  progress: Progress | null;
  progress_at: number | null;
  started_at: number | null;
  submitted_at: number | null;
  overdue_at: number | null;
  created_at: number;
  invited_at: number | null;
  linked_at: number | null;
  due_at: number | null;
  address_gone_at: number | null;
  counts_from: number | null;
}
