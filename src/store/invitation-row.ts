import type { ChallengeId, InvitationId, OpportunityId, RuleId, StageId } from '../domain/ids.js';
import type { InvitationState, Progress } from '../domain/invitation.js';
import type { Visit } from '../domain/opportunity.js';

/** Why it is looked up: no answer, an accepting one, or perhaps a refusal of a second one. */
export type LookupKind = 'unanswered' | 'accepted' | 'refused';

/** What was promised to whom. */
export interface InvitationRow {
  id: InvitationId;
  opportunity_id: OpportunityId;
  challenge_id: ChallengeId;
  challenge_name: string;
  repetition: number;
  is_by_hand: 0 | 1;
  rule_id: RuleId | null;
  visit_stage_id: StageId;
  visit_at: number;
  contact_id: string | null;
  email_hash: Buffer;
  reuse_ms: number;
  state: InvitationState;
  reason: string | null;
  detail: string | null;
  is_approved: 0 | 1;
  /** Queued: null after a new decision. Uncertain: null when only a person can settle it. */
  due_at: number | null;
  promised_at: number;
  queued_at: number | null;
  attempts: number;
  intent_at: number | null;
  /** By CodeSubmit's clock: the first intent that may have had an effect, and the reply that accepted it. */
  intent_at_vendor: number | null;
  accepted_at: number | null;
  /** What CodeSubmit was told. */
  deadline_at: number | null;
  went_at: number | null;
  /** How often CodeSubmit's list proved that it was not sent. */
  absences: number;
  vendor_id: string | null;
  sealed_link: Buffer | null;
  /** Keyed; kept when the link is erased. */
  link_hash: Buffer | null;
  status_number: number | null;
  progress: Progress | null;
  /** Null once it is erased: then nothing is followed. */
  progress_at: number | null;
  /** JSON; see `Evidence`. */
  evidence: string;
  created_at: number;
  invited_at: number | null;
  linked_at: number | null;
}

/** The one that it was promised for. */
export function visitOf(row: InvitationRow): Visit {
  return { id: row.opportunity_id, stageId: row.visit_stage_id, visitAt: row.visit_at };
}

/** What few steps ask for. Hashes are keyed, and in hex. */
export interface Evidence {
  /** Of all addresses in the profile when it was last queued. */
  addresses: string[];
  /** Of what a vendor may have made of the address that it goes to, and of the name. */
  rewritten: string;
  name: string;
  /** Of the addresses that CodeSubmit refused. */
  refused: string[];
  /** Since when the address that it went to is not in the profile any more, epoch ms. */
  addressGoneAt: number;
  /** While it is uncertain: why it is looked up, and CodeSubmit's `Date` of the first reading that proved an absence. */
  lookup: LookupKind;
  absentAt: number;
}

export function evidenceOf({ evidence }: Pick<InvitationRow, 'evidence'>): Partial<Evidence> {
  return JSON.parse(evidence) as Partial<Evidence>;
}
