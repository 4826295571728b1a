/** The records of the model of the promises. */
import type { Rule } from './rules-model.js';

/** What Lever shows about one candidate at one time. */
export interface Facts {
  stage: string;
  /** When they came to the stage. */
  visitAt: number;
  ownTags: readonly string[];
  /** Inherited tags that someone removed. */
  removedTags: readonly string[];
  isArchived: boolean;
  /** Deleted or anonymized in Lever; null while they are there. */
  goneAt: number | null;
  mayContact: boolean;
  hasName: boolean;
  /** Nothing says so: only a read shows it. */
  isAnonymized?: boolean;
  /** The visit during which an admin had them forgotten. */
  forgotten?: number | undefined;
  /** Lever didn't say during which visit: how often it had shown them until then. */
  forgottenUnseenSince?: number | undefined;
}

export interface Candidate {
  readonly name: string;
  contact: string;
  readonly posting: string | null;
  facts: Facts;
}

/** A challenge under way, according to the program. */
export interface Going {
  /** The invitation's number, which admins use. */
  row: number;
  candidate: string;
  email: string;
  challenge: string;
  link: string;
}

export interface Visit {
  stage: string;
  visitAt: number;
}

/** The same with its visit. */
export interface Account extends Going, Visit {
  /** When it was last tried; null before that. */
  intentAt: number | null;
  /** The last attempt that is over counts as having sent nothing. */
  hasFailed: boolean;
}

export interface Sent extends Going, Visit {
  intentAt: number | null;
  contact: string;
  /** What the profile showed beside the address. */
  others: readonly string[];
  at: number;
  isAgain: boolean;
  /**
   * Known only from an admin, with no link until CodeSubmit's list shows one, or with one that
   * isn't there.
   */
  isSaid?: boolean;
  /** An admin had the candidate forgotten: a link that wasn't in Lever yet never will be. */
  isForgotten?: boolean;
}

/**
 * At CodeSubmit, without an owner according to the program: created there manually, or settled as
 * not sent.
 */
export interface Unowned {
  email: string;
  challenge: string;
  link: string;
  at: number;
}

/** Someone whom a brake holds. */
export interface Braked {
  candidate: string;
  /** As `status` has it. */
  since: string;
  visitAt: number;
  rule: Rule | null;
}

/** What an admin requested with `send`. */
export interface Order {
  row: number;
  candidate: string;
  challenge: string;
  isAgain: boolean;
  /** Their stage at that time. */
  stage: string;
  visitAt: number;
  /** It may be sent, and must be unless something forbade it in the meantime. */
  isOpen: boolean;
  isLapsed: boolean;
  reuseDays: number;
}

export interface Approval {
  candidate: string;
  visitAt: number;
  challenge: string;
  reason: 'brake' | 'second_challenge' | 'similar_address' | 'forgotten' | 'existing';
}

/** The whole world at one time: what a read shows. */
export interface World {
  until: number;
  candidates: ReadonlyMap<string, Facts>;
  emails: ReadonlyMap<string, string | null>;
  postingTags: ReadonlyMap<string, readonly string[]>;
  rules: readonly Rule[];
}

export type Obstacle =
  | 'no_email'
  | 'no_name'
  | 'unknown_challenge'
  /** The tag names none that CodeSubmit has. */
  | 'names_none'
  | 'refused'
  | 'second_challenge'
  | 'forgotten'
  | 'delayed'
  | 'paused'
  | 'ambiguous_tags'
  | 'near_tag';

/** What is due for a candidate: nothing, or a challenge that is sent if nothing forbids it. */
export type Due =
  /** `had`: everything the same person has had, which is the reason. */
  | { kind: 'nothing'; why: string; had?: readonly Sent[] }
  | { kind: 'challenge'; rule: Rule | null; obstacles: Obstacle[] };

/** What allowed a challenge: a rule or an order, and its visit. */
export interface Eligibility {
  stage: string;
  visitAt: number;
  reuseDays: number;
  rule?: Rule;
}

/** How CodeSubmit behaves in this history, as far as the promises depend on it. */
export interface Ways {
  /** It has each pair of address and challenge once. */
  refusesSecond: boolean;
  /** New ones show in its list this much later; null: its list is unreliable. */
  lagMs: number | null;
  /** They take longer to show than the program looks for what it lost. */
  isLate: boolean;
  /** The admin wants challenges sent even if the list doesn't show who was sent what. */
  isRiskTaken: boolean;
}

export interface Removed {
  rule: Rule;
  at: number;
}

/** What the program knows at one time beside what it can read. */
export interface Books {
  rules: Rule[];
  removed: readonly Removed[];
  orders: readonly Order[];
  sent: readonly Sent[];
  unowned: readonly Unowned[];
  approvals: readonly Approval[];
  /** The visits during which candidates are forgotten. */
  forgotten: ReadonlyMap<string, number | undefined>;
}
