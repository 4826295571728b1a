/** What the program needs of Lever, a port for each use, and the shapes that its clients answer in. */
import type { ApiError } from './errors.js';
import type { OpportunityId, PostingId, StageId } from './ids.js';
import type { Opportunity, Sighting } from './opportunity.js';

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

/** Reads candidates for the inbox and the sweep. Every call throws `ApiError`; none retries by itself. */
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

export interface NoteOrder {
  text: string;
  /** Only shown to people whom Lever lets see secret notes. */
  isSecret: boolean;
  notifiesFollowers: boolean;
}

/** Writes links, tags and notes to a candidate. Every call throws `ApiError`; none retries by itself. */
export interface LeverWriter {
  /** The candidate's links now; null when the opportunity is gone or can't be seen. */
  readLinks(id: OpportunityId): Promise<string[] | null>;
  /** The links that Lever's reply shows afterwards; empty when it shows none. */
  addLink(id: OpportunityId, link: string): Promise<string[]>;
  /** The opportunity's tags now; null when it is gone or can't be seen. */
  readTags(id: OpportunityId): Promise<string[] | null>;
  /** The tags that Lever's reply shows afterwards; empty when it shows none. */
  addTags(id: OpportunityId, tags: readonly string[]): Promise<string[]>;
  /** Like `addTags`. A tag that isn't there is no failure. */
  removeTags(id: OpportunityId, tags: readonly string[]): Promise<string[]>;
  /** Whether a note contains this text; null when the opportunity is gone or can't be seen. */
  hasNote(id: OpportunityId, part: string): Promise<boolean | null>;
  /** True when Lever's reply names the note it made. */
  addNote(id: OpportunityId, note: NoteOrder): Promise<boolean>;
  /** Whether Lever refused because no user is set in whose name to write. */
  asksForActingUser(error: ApiError): boolean;
}

/** The changes in Lever that webhooks report; each has a webhook, and so a signing token, of its own. */
export const WEBHOOK_EVENTS = [
  'candidateStageChange',
  'candidateArchiveChange',
  'candidateDeleted',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** The shape of every signing token seen so far. */
export const SIGNING_TOKEN = /^[0-9a-f]{48}$/i;

/** A webhook as Lever's list shows it: never with its signing token. */
export interface ListedWebhook {
  id: string;
  url: string;
  event: string;
}

export interface MadeWebhook {
  id: string;
  /** Only this reply contains it. */
  signingToken: string;
}

/**
 * - `removed`: it was there.
 * - `absent`: already gone, or created on Lever's page.
 * - `refused`: created on Lever's page, or the permission is missing.
 */
export type Removal = 'removed' | 'absent' | 'refused';

/** Creates and removes webhooks. */
export interface WebhookLever {
  /** Throws `ApiError`; `refused` with status 403 when the key or login lacks the permission. */
  listWebhooks(): Promise<ListedWebhook[]>;
  /** Throws `ApiError`; `unknown_outcome` also for a reply without id or token. */
  makeWebhook(url: string, event: WebhookEvent): Promise<MadeWebhook>;
  /** Throws `ApiError`. */
  removeWebhook(id: string): Promise<Removal>;
}

export interface Posting {
  id: PostingId;
  title: string;
  /** Where the job is; empty when Lever doesn't say. */
  location: string;
  tags: string[];
}

/** Reads and writes the tags of postings. */
export interface PostingLever {
  /** The open ones: published, internal and unlisted. Throws `ApiError`; `refused` with 403 without the permission. */
  listPostings(): Promise<Posting[]>;
  /** Null when the posting is gone. Throws `ApiError`. */
  readPostingTags(id: PostingId): Promise<string[] | null>;
  /** Replaces all its tags. Throws `ApiError`. */
  replacePostingTags(id: PostingId, tags: readonly string[]): Promise<void>;
}
