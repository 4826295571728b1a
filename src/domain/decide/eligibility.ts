/** Whether the present still warrants a challenge that a person asked for by hand. Pure: no clock, no I/O. */
import type { HoldReason, IgnoreReason, SentElsewhereReason } from '../decision.js';
import type { StageId } from '../ids.js';
import { type Opportunity, findEmail, splitName } from '../opportunity.js';
import { findConsentRefusal } from './consent.js';
import { counts, type Reuse, type PersonPromise, type Situation } from './situation.js';

/** What was asked for, and when. */
export interface ManualOrder extends Reuse {
  /** The stage in which the opportunity stood then. */
  stageId: StageId | null;
  /** Asked for although it was promised before. */
  isAgain: boolean;
}

export interface Recipient {
  email: string;
  firstName: string;
  lastName: string;
}

export type Eligibility =
  | { isEligible: true; recipient: Recipient }
  | { isEligible: false; reason: HoldReason | IgnoreReason };

export interface WarrantFacts {
  sighting: Situation['sighting'];
  ofPerson: readonly PersonPromise[];
  /** Why somebody else may have sent it already. */
  sentElsewhere?: SentElsewhereReason;
  /** Epoch ms. */
  now: number;
}

function no(reason: HoldReason | IgnoreReason): Eligibility {
  return { isEligible: false, reason };
}

/** The promise of this challenge to the same person, through another opportunity, that still counts. */
export function findPromise(
  order: Reuse,
  { ofPerson, now }: WarrantFacts,
): PersonPromise | undefined {
  return ofPerson.find((promise) => counts(promise, order, now));
}

function warrantOf(opportunity: Opportunity, order: ManualOrder, facts: WarrantFacts): Eligibility {
  if (opportunity.isAnonymized) return no('anonymized');
  if (opportunity.isArchived) return no('archived');
  if (opportunity.stageId !== order.stageId) return no('left_stage');
  if (findConsentRefusal(opportunity.consent, facts.now)) return no('contact_not_allowed');
  const email = findEmail(opportunity.emails);
  if (email === undefined) return no('no_email');
  const name = splitName(opportunity.name);
  if (!name) return no('no_name');
  if (!order.isAgain && findPromise(order, facts)) return no('already_invited');
  if (!order.isAgain && facts.sentElsewhere) return no(facts.sentElsewhere);
  return { isEligible: true, recipient: { email, ...name } };
}

/** A person's word stands for rule, tag, delay and brake; all else must hold now as for anybody. Never throws. */
export function checkManualEligibility(order: ManualOrder, facts: WarrantFacts): Eligibility {
  const { sighting } = facts;
  if (sighting.kind === 'deleted') return no('deleted');
  if (sighting.kind !== 'opportunity') return no('no_access');
  return warrantOf(sighting.opportunity, order, facts);
}
