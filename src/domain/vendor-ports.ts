/** What the program needs from CodeSubmit and Lever, and the types their clients return. */
import { MINUTE_MS } from './clock.js';
import type { ChallengeId, VendorInvitationId, OpportunityId, StageId } from './ids.js';
import type { ApiError } from './errors.js';
import type { Opportunity, Sighting } from './opportunity.js';

/** A challenge as CodeSubmit lists it (CodeSubmit calls it a "test"). */
export interface Challenge {
  id: ChallengeId;
  name: string;
}

export interface OfferedChallenge extends Challenge {
  /** The challenge is still listed, but can no longer be sent. */
  isArchived: boolean;
  /** Names that we knew the challenge by before. */
  formerNames?: readonly string[];
}

export interface ChallengeOrder {
  challengeId: ChallengeId;
  email: string;
  firstName: string;
  lastName: string;
  /** Epoch ms, or null for no limit. */
  dueAt: number | null;
  timeLimitMinutes: number | null;
}

/** When something happened, epoch ms: a moment, or a range if the date is imprecise. */
export interface Span {
  from: number;
  until: number;
}

/** How far CodeSubmit's clock may be off from our estimate. */
export const CLOCK_ALLOWANCE_MS = 5 * MINUTE_MS;

/** What a row of CodeSubmit's list says about its challenge. A value that may be an id or a name is in both. */
export interface ChallengeNames {
  ids: readonly string[];
  names: readonly string[];
}

/** One sent challenge as CodeSubmit reports it, in its list or in the reply to a send. */
export interface SentChallenge {
  /** Null when the reply contains no readable id. */
  id: VendorInvitationId | null;
  challenge: ChallengeNames;
  /** Null when missing or partly masked. */
  email: string | null;
  /** The candidate's link, by the setting or its shape; null when none is recognised. */
  link: string | null;
  /** The raw status number; the admin sets what it means. */
  status: number | null;
  commitsCount: number | null;
  /** The score as CodeSubmit shows it, if it does. */
  score: string | null;
  /** The reviewers' page, if any; never the candidate's link. */
  report: string | null;
  created: Span | null;
}

/** CodeSubmit's reply to a send. */
export interface SentReply extends SentChallenge {
  /** CodeSubmit's clock (`Date` header), epoch ms; null when missing. */
  vendorNow: number | null;
}

/** Points to a page of the list; only the vendor's client understands it. */
export type SentCursor = readonly (readonly [name: string, value: string])[];

export interface SentPage {
  rows: SentChallenge[];
  /** The length of the whole list according to the page; null when it doesn't say. */
  total: number | null;
  /** Null on the last page. */
  next: SentCursor | null;
  /** False when the page doesn't say whether another one follows. */
  isEndTold: boolean;
  /** CodeSubmit's clock (`Date` header), epoch ms; null when missing. */
  vendorNow: number | null;
}

/** The challenges that CodeSubmit lists. */
export interface Offer {
  challenges: OfferedChallenge[];
  /** Every row was readable, and the count matches: a challenge missing here doesn't exist. */
  isWhole: boolean;
}

/** Every call throws `ApiError`. None retries. */
export interface ChallengeVendor {
  /** Sends one challenge. A 5xx, timeout, cut connection or unreadable 2xx is `unknown_outcome`. */
  send(order: ChallengeOrder): Promise<SentReply>;
  readOffer(): Promise<Offer>;
  /** One page of all sent challenges, in the vendor's order; null asks for the first page. */
  readSentPage(cursor: SentCursor | null): Promise<SentPage>;
}

/** A sighting with Lever's clock when it replied (`Date` header), epoch ms; null when missing. */
export type LeverSighting = Sighting & { leverNow: number | null };

export interface StagePage {
  opportunities: Opportunity[];
  /** Lever's clock when it replied (`Date` header), epoch ms; null when missing. */
  leverNow: number | null;
}

export interface DeletedList {
  ids: OpportunityId[];
  /** Lever's clock when the listing began, epoch ms; null when missing. */
  leverNow: number | null;
}

export interface DeletionReader {
  /**
   * Opportunities deleted at or after `since` (epoch ms, Lever's clock); null without permission to list them. Throws
   * `ApiError`.
   */
  listDeleted(since: number): Promise<DeletedList | null>;
  /** Lever's clock, epoch ms; null if its reply has no date. Throws `ApiError`. */
  readDate(): Promise<number | null>;
}

/** Reads candidates for the inbox and the sweep. Every call throws `ApiError`. None retries. */
export interface LeverReader {
  /**
   * The opportunity as it is now. Returns a 403 or 404 for this one record. Throws `unauthorized` for a 403 on
   * everything.
   */
  readOpportunity(id: OpportunityId): Promise<LeverSighting>;
  /** The unarchived opportunities in one stage, with confidential ones if we may see them. */
  listStage(stageId: StageId): AsyncIterable<StagePage>;
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
