/** CodeSubmit's challenges: those it offers, those it has sent, and what it takes to send one. */
import type { Addressee } from './addressee.js';
import { MINUTE_MS } from './clock.js';
import type { ChallengeId, VendorInvitationId } from './ids.js';

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

export interface ChallengeOrder extends Addressee {
  challengeId: ChallengeId;
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
  /** Null without a readable date. */
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
  isEndKnown: boolean;
  /** CodeSubmit's clock (`Date` header), epoch ms; null when missing. */
  vendorNow: number | null;
}

/**
 * Whether enough of the newest rows show an address, or another field, to use the list. One row may lack it, if another
 * one shows it. `masked`: how many addresses look masked; one may, since it may be a person's. Without any rows, the
 * list can be used.
 */
export function isShownByNewest(rows: Record<'lacking' | 'shown' | 'masked', number>): boolean {
  return rows.masked < 2 && rows.lacking <= Math.min(1, rows.shown);
}

/** The challenges that CodeSubmit lists. */
export interface Offer {
  challenges: OfferedChallenge[];
  /** Every row was readable, and the count matches: a challenge missing here doesn't exist. */
  isWhole: boolean;
}
