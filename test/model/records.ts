/** What the model of the promises writes down. */
import type { Rule } from './rules-model.js';

/** What Lever says of one candidate at one time. */
export interface Facts {
  stage: string;
  /** When they came to the stage. */
  visitAt: number;
  ownTags: readonly string[];
  /** Inherited tags that someone removed. */
  removedTags: readonly string[];
  isArchived: boolean;
}

export interface Candidate {
  readonly name: string;
  readonly contact: string;
  readonly posting: string | null;
  facts: Facts;
}

/** A challenge on its way out, by the program's own account. */
export interface Going {
  /** The invitation's number, by which an admin names it. */
  row: number;
  candidate: string;
  email: string;
  challenge: string;
  /** Asked for by `send`. */
  isByHand: boolean;
  link: string;
}

/** The same with the visit for which it is. */
export interface Account extends Going {
  stage: string;
  visitAt: number;
  /** When the program decided to send it; null as long as it hasn't. */
  intentAt: number | null;
}

export interface Sent extends Going {
  stage: string;
  visitAt: number;
  contact: string;
  at: number;
  isAgain: boolean;
  /** By an admin's word alone, with no link until CodeSubmit's list shows one, or with one that isn't there. */
  isSaid?: boolean;
}

/** At CodeSubmit, and by the program's account nobody's: made there manually, or said not to be there. */
export interface Unowned {
  email: string;
  challenge: string;
  link: string;
  at: number;
}

/** What an admin asked for by `send`. */
export interface Order {
  row: number;
  candidate: string;
  challenge: string;
  isAgain: boolean;
  /** Where they stood then. */
  stage: string;
  visitAt: number;
  /** It may go, and must unless something spoke against it in the meantime. */
  isOpen: boolean;
  isLapsed: boolean;
  reuseDays: number;
}

export interface Approval {
  candidate: string;
  visitAt: number;
  challenge: string;
  reason: 'brake' | 'second_challenge' | 'existing';
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
  | 'unknown_challenge'
  | 'refused'
  | 'second_challenge'
  | 'delayed'
  | 'paused'
  | 'ambiguous_tags'
  | 'near_tag';

/** What is due for a candidate: nothing; or a challenge, which goes when nothing stands in its way. */
export type Due =
  /** `had`: all that the same person has had already, which is why. */
  | { kind: 'nothing'; why: string; had?: readonly Sent[] }
  | { kind: 'challenge'; rule: Rule | null; obstacles: Obstacle[] };

/** What let a challenge go: a rule or an order, and for which visit. */
export interface Eligibility {
  stage: string;
  visitAt: number;
  reuseDays: number;
  rule?: Rule;
}

/** How CodeSubmit is in this history, as far as the promises depend on it. */
export interface Ways {
  /** It has each pair of address and challenge once. */
  refusesSecond: boolean;
  /** New ones show in its list so much later; null: nobody can rely on what it lists. */
  lagMs: number | null;
  /** The admin has challenges sent when the list doesn't tell who was sent what. */
  isRiskTaken: boolean;
}
