/** An opportunity: what Lever showed for one candidate in one pipeline at one moment. */
import type { ContactId, OpportunityId, PostingId, StageId } from './ids.js';

/** Lever's data protection settings. A missing part forbids nothing. */
export interface Consent {
  /** Lever literally says `false`. */
  isStoreRefused: boolean;
  isContactRefused: boolean;
  /** The earlier end of both permissions, epoch ms on Lever's clock; null without one. */
  expiresAt: number | null;
}

export interface Opportunity {
  id: OpportunityId;
  name: string;
  contactId: ContactId | null;
  stageId: StageId | null;
  /** When the opportunity came to its stage, epoch ms. Opportunity, stage and this time identify the visit. */
  visitAt: number;
  /** `visitAt` if a recruiter moved the opportunity there; null if it was created there, or unknown. */
  movedAt: number | null;
  /** The addresses in Lever's list, which is cumulative and in no documented order. */
  emails: string[];
  tags: string[];
  links: string[];
  isArchived: boolean;
  isAnonymized: boolean;
  consent: Consent;
  postingId: PostingId | null;
  /** The candidate's page in Lever, if the record has it. */
  url: string | null;
}

/** One stay of an opportunity in a stage. */
export type Visit = Pick<Opportunity, 'id' | 'stageId' | 'visitAt'>;

/** The result of reading one opportunity: the record, or that we can't see it. */
export type Sighting =
  | { kind: 'opportunity'; opportunity: Opportunity }
  | { kind: 'forbidden' | 'not_found'; opportunity?: undefined };

/** A sighting for a decision: Lever may also have announced that the opportunity is deleted. */
export type Seen = Sighting | { kind: 'deleted'; opportunity?: undefined };
