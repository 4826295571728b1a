/** The three kinds of pending updates to Lever, and what each needs. */
import type { InvitationId, OpportunityId } from '../../domain/ids.js';

export const WRITEBACK_KINDS = ['link', 'note', 'tag'] as const;
export type WritebackKind = (typeof WRITEBACK_KINDS)[number];

export interface LinkOrder {
  kind: 'link';
  link: string;
  /** Made for this very opportunity by our own POST, and never tried yet: nobody can have put it into Lever. */
  isNew: boolean;
}

/** Its mark is in the note's text, and in no other note's, so it is found before it is repeated. */
export interface MarkedNote {
  text: string;
  mark: string;
  /**
   * Look before the first attempt too: it may have been written before a backup was restored, about a challenge that
   * CodeSubmit had already, or in spite of an error that gave the attempt back.
   */
  isLookedForFirst?: true;
}

export type NoteWritingOrder = MarkedNote & { kind: 'note' };

export interface TagOrder {
  kind: 'tag';
  /** The tag to set; null for none. */
  wanted: string | null;
  /** Tags that we may have set for the same purpose: only these are ever removed. */
  ours: readonly string[];
  /** Lever may not show yet what we wrote last. */
  isRecent: boolean;
}

export type WritebackOrder = LinkOrder | NoteWritingOrder | TagOrder;

/** What identifies and settles one claim. */
export interface WritebackClaim {
  id: number;
  kind: WritebackKind;
  /** Null for what belongs to no invitation. */
  invitationId: InvitationId | null;
  opportunityId: OpportunityId;
  /** Attempts made before this one. */
  attempts: number;
  claim: string;
  /** The tag that this attempt sets. */
  wanted: string | null;
  /** A write was, or may have been, accepted: the attempt is used up; the next one looks first. */
  isSent: boolean;
}

/** Until when it waits, and why. */
export interface Delay {
  /** Epoch ms. */
  dueAt: number;
  why: string;
  /** Of Lever's reply, if it was one. */
  status?: number | undefined;
  usesAttempt: boolean;
  /** A write may have had its effect, and Lever shows it by then; epoch ms. */
  lookAt?: number | undefined;
}

export interface ClaimedWriteback extends WritebackClaim {
  order: WritebackOrder;
}
