/** An opportunity as the bridge needs it: what Lever said of one candidate in one pipeline at one moment. */
import type { ContactId, OpportunityId, PostingId, StageId } from './ids.js';

/** What Lever's data protection says; what it leaves out forbids nothing. */
export interface Consent {
  /** Lever says `false` in so many words. */
  isStoreRefused: boolean;
  isContactRefused: boolean;
  /** The earlier end of the two permissions, epoch ms on Lever's clock; null when neither names one. */
  expiresAt: number | null;
}

export interface Opportunity {
  id: OpportunityId;
  name: string;
  contactId: ContactId | null;
  stageId: StageId | null;
  /** When it came to its stage, epoch ms; with opportunity and stage this names the visit. */
  visitAt: number;
  /** False when Lever names no stage change into the stage: then `visitAt` is a guess that archiving moves. */
  isVisitKnown: boolean;
  /** The same when a recruiter moved it there; null when it was created there, or nobody knows. */
  movedAt: number | null;
  /** As Lever lists them; cumulative, their order is not documented. */
  emails: string[];
  tags: string[];
  links: string[];
  isArchived: boolean;
  isAnonymized: boolean;
  consent: Consent;
  postingId: PostingId | null;
  /** The candidate's page in Lever, when the record gives it. */
  url: string | null;
}

/** Where an opportunity is, and since when. */
export type Stay = Pick<Opportunity, 'id' | 'stageId' | 'visitAt' | 'isVisitKnown' | 'movedAt'>;

/** What reading one opportunity came to: the record, or that it can't be seen. */
export type Sighting =
  { kind: 'opportunity'; opportunity: Opportunity } | { kind: 'forbidden' } | { kind: 'not_found' };
