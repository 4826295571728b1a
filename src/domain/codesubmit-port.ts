/** What the program needs of CodeSubmit, and the shapes that its client answers in. */
import type { ChallengeId, VendorInvitationId } from './ids.js';

/** A challenge as CodeSubmit lists it (its own word is "test"). */
export interface Challenge {
  id: ChallengeId;
  name: string;
}

export interface OfferedChallenge extends Challenge {
  /** Still listed, but no longer sent. */
  isArchived: boolean;
}

export interface ChallengeOrder {
  challengeId: ChallengeId;
  /** By which a reply may name it. */
  challengeName: string;
  email: string;
  firstName: string;
  lastName: string;
  /** Epoch ms, or null for none. */
  dueAt: number | null;
  timeLimitMinutes: number | null;
}

/** When something happened, epoch ms: one moment, or from and until when it may have, by a date that leaves that open. */
export interface Span {
  from: number;
  until: number;
}

/** What a row says of its challenge. A value that may be an id or a name is among both. */
export interface ChallengeNames {
  ids: readonly string[];
  names: readonly string[];
}

/** One sent challenge as CodeSubmit reports it, in a reply to sending or in its list. */
export interface SentChallenge {
  /** Null when the reply holds no id that can be read. */
  id: VendorInvitationId | null;
  challenge: ChallengeNames;
  /** Null when there is none, or only a part of it is shown. */
  email: string | null;
  /** The candidate's link, found by the link setting or by its shape; null when none is recognised. */
  link: string | null;
  /** The raw status number; its meaning is a setting. */
  status: number | null;
  commitsCount: number | null;
  /** As CodeSubmit shows it, if it does. */
  score: string | null;
  /** The address of the reviewers' page, if there is one; never the candidate's link. */
  report: string | null;
  created: Span | null;
}

/** Where a page of the list is found; only the vendor's client knows what it means. */
export type SentCursor = readonly (readonly [name: string, value: string])[];

export interface SentPage {
  rows: SentChallenge[];
  /** How many the whole list has, as the page says; null when it doesn't. */
  total: number | null;
  /** Null: this is the last one. */
  next: SentCursor | null;
  /** False where the page doesn't say whether there is another one. */
  isEndTold: boolean;
}

/** `elsewhere`: the answer is not CodeSubmit's own, so it had no effect and says nothing of what was sent. */
export type RefusalCause = 'challenge' | 'person' | 'maybe_already_invited' | 'elsewhere' | 'other';

/** The challenges that CodeSubmit lists. */
export interface Offer {
  challenges: OfferedChallenge[];
  /** Every row was understood, and there are as many as the list says: what isn't among them isn't offered. */
  isWhole: boolean;
}

/** Every call throws `ApiError`; none retries by itself. */
export interface ChallengeVendor {
  /** Sends one challenge. Any 5xx, time-out, cut connection or unreadable 2xx is `unknown_outcome`. */
  send(order: ChallengeOrder): Promise<SentChallenge>;
  /** What a `refused` reply to `send` is about. */
  causeOfRefusal(body: unknown, status: number | undefined): RefusalCause;
  readOffer(): Promise<Offer>;
  /** A page of all sent challenges, in whatever order the vendor has; null for the first one. */
  readSentPage(cursor: SentCursor | null): Promise<SentPage>;
}
