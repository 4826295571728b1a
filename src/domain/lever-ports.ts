/** What the program needs from Lever: one port per use, and the types its clients return. */
import type { ApiError } from './errors.js';
import type { OpportunityId, StageId } from './ids.js';
import type { Opportunity, Sighting } from './opportunity.js';

/** With Lever's clock when it replied (`Date` header), epoch ms; null when missing. */
export type LeverSighting = Sighting & { leverNow: number | null };

export interface StagePage {
  opportunities: Opportunity[];
  /** Lever's clock when it replied (`Date` header), epoch ms; null when missing. */
  leverNow: number | null;
}

export interface ListStageOptions {
  /** Only opportunities moved to their stage at or after this moment (epoch ms, Lever's clock). */
  advancedSince?: number;
  /** Include each opportunity's posting. */
  withPostings?: boolean;
}

export interface DeletedList {
  ids: OpportunityId[];
  /** Lever's clock when the listing began, epoch ms; null when missing. */
  leverNow: number | null;
}

export interface DeletionReader {
  /**
   * Opportunities deleted at or after that moment (epoch ms, Lever's clock); null without
   * permission to list them. Throws `ApiError`.
   */
  listDeleted(since: number): Promise<DeletedList | null>;
  /** Lever's clock, epoch ms; null where its reply has no date. Throws `ApiError`. */
  readDate(): Promise<number | null>;
}

/** Reads candidates for the inbox and the sweep. Every call throws `ApiError`. None retries. */
export interface LeverReader {
  /**
   * The opportunity as it is now. A 403 or 404 for this one record is returned; a 403 on everything is thrown, as
   * `unauthorized`.
   */
  readOpportunity(id: OpportunityId): Promise<LeverSighting>;
  /** The unarchived opportunities in one stage, with confidential ones if we may see them. */
  listStage(stageId: StageId, options?: ListStageOptions): AsyncIterable<StagePage>;
  /** The tags of the opportunity's posting; null when there is none or we may not read it. */
  readPostingTags(id: OpportunityId): Promise<string[] | null>;
}

/** Writes links, tags and notes to a candidate. Every call throws `ApiError`. None retries. */
export interface LeverWriter {
  /** The candidate's links now; null when the opportunity is gone or hidden from us. */
  readLinks(id: OpportunityId): Promise<string[] | null>;
  /** The links in Lever's reply; empty when it contains none. */
  addLink(id: OpportunityId, link: string): Promise<string[]>;
  /** The opportunity's tags now; null when it is gone or hidden from us. */
  readTags(id: OpportunityId): Promise<string[] | null>;
  /** The tags in Lever's reply; empty when it contains none. */
  addTags(id: OpportunityId, tags: readonly string[]): Promise<string[]>;
  /** Like `addTags`. Removing a tag that isn't there succeeds. */
  removeTags(id: OpportunityId, tags: readonly string[]): Promise<string[]>;
  /** Whether a note contains this text; null when the opportunity is gone or hidden from us. */
  hasNote(id: OpportunityId, part: string): Promise<boolean | null>;
  /** True when Lever's reply contains the new note's id. */
  addNote(id: OpportunityId, text: string): Promise<boolean>;
  /** Whether Lever refused because no acting user is set. */
  asksForActingUser(error: ApiError): boolean;
}

/** A webhook in Lever's list. */
export interface ListedWebhook {
  url: string;
}
