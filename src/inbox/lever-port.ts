/** What the inbox and the sweep need to read from Lever. */
import type { OpportunityId, StageId } from '../domain/ids.js';
import type { Opportunity, Sighting } from '../domain/opportunity.js';

export interface StagePage {
  opportunities: Opportunity[];
  /** Lever's own clock at the reply (`Date` header), epoch ms; null when it gave none. */
  leverNow: number | null;
}

export interface ListStageOptions {
  /** Only those moved into their stage at or after this moment (epoch ms, Lever's clock). */
  advancedSince?: number;
  /** With the posting that each applied to. */
  withPostings?: boolean;
}

export interface DeletedList {
  ids: OpportunityId[];
  /** Lever's clock when the list was begun, epoch ms; null when it gave none. */
  leverNow: number | null;
}

export interface DeletionReader {
  /**
   * Who was deleted at or after that moment (epoch ms, Lever's clock); null without the right to know. Throws
   * `ApiError`.
   */
  listDeleted(since: number): Promise<DeletedList | null>;
}

/** Every call throws `ApiError`; none retries by itself. */
export interface LeverReader {
  /** The opportunity as it is now. A 403 or 404 on this one record is a sighting, not an error. */
  readOpportunity(id: OpportunityId): Promise<Sighting>;
  /** Whether the account may read anything at all: tells a 403 on one record from a 403 on everything. */
  probe(): Promise<'ok' | 'unauthorized'>;
  /** Pages of the unarchived people in one stage, 100 at a time, confidential ones included where the right allows. */
  listStage(stageId: StageId, options?: ListStageOptions): AsyncIterable<StagePage>;
  /** The tags of the posting that the opportunity applied to; null when it has none or may not be read. */
  readPostingTags(id: OpportunityId): Promise<string[] | null>;
}
