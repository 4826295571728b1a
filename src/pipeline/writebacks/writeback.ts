/** The three kinds of what is owed to Lever, and what each needs to be written. */
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import type { NoteOrder } from '../../domain/lever-ports.js';

export const WRITEBACK_KINDS = ['link', 'note', 'tag'] as const;
export type WritebackKind = (typeof WRITEBACK_KINDS)[number];

export interface LinkOrder {
  kind: 'link';
  link: string;
  /** Made for this very opportunity by our own POST, and never tried yet: nobody can have put it into Lever. */
  isNew: boolean;
}

/** Its mark stands in the note's text, and in no other note's: it is recognised by that before it is repeated. */
export interface MarkedNote extends NoteOrder {
  mark: string;
  /** Also before the first attempt: what a restored backup has forgotten is not written again. */
  isLookedForFirst?: true;
}

export type NoteWritingOrder = MarkedNote & { kind: 'note' };

export interface TagOrder {
  kind: 'tag';
  /** The tag that shall stand there; null for none. */
  wanted: string | null;
  /** Those that we may have put there for the same purpose: of all tags only these are ever taken away. */
  ours: readonly string[];
}

export type WritebackOrder = LinkOrder | NoteWritingOrder | TagOrder;

/** What one claim is settled by. */
export interface WritebackClaim {
  id: number;
  kind: WritebackKind;
  /** Null for what is about no invitation. */
  invitationId: InvitationId | null;
  opportunityId: OpportunityId;
  /** Attempts made before this one. */
  attempts: number;
  claim: string;
  /** The tag that this attempt brings about. */
  wanted: string | null;
  /** A write of this attempt was accepted, or may have been: the attempt is used up, and the next one looks first. */
  isSent: boolean;
}

export interface ClaimedWriteback extends WritebackClaim {
  order: WritebackOrder;
}
