/** Whether a candidate may be sent what an admin requested. Pure: no clock, no I/O. */
import type { HoldReason, IgnoreReason } from '../decision.js';
import type { StageId } from '../ids.js';
import { findConsentRefusal, findEmail, splitName, type Opportunity } from '../opportunity.js';
import { counts, type Reuse, type PersonPromise, type Situation } from './situation.js';

/** What was requested, and when. */
export interface ManualOrder extends Reuse {
  /** The stage of the opportunity at that time. */
  stageId: StageId | null;
  /** Requested although it was promised before. */
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

export interface EligibilityFacts {
  sighting: Situation['sighting'];
  ofPerson: readonly PersonPromise[];
  /** CodeSubmit lists it for a similar address, and no one approved that. */
  isSimilarSent: boolean;
  /** Epoch ms. */
  now: number;
}

function no(reason: HoldReason | IgnoreReason): Eligibility {
  return { isEligible: false, reason };
}

/**
 * A promise of this challenge to the same person through another opportunity, if it still counts.
 */
export function findPromise(
  order: Reuse,
  { ofPerson, now }: EligibilityFacts,
): PersonPromise | undefined {
  return ofPerson.find((promise) => counts(promise, order, now));
}

function eligibilityOf(
  opportunity: Opportunity,
  order: ManualOrder,
  facts: EligibilityFacts,
): Eligibility {
  if (opportunity.isAnonymized) return no('anonymized');
  if (opportunity.isArchived) return no('archived');
  if (opportunity.stageId !== order.stageId) return no('left_stage');
  if (findConsentRefusal(opportunity.consent, facts.now)) return no('contact_not_allowed');
  const email = findEmail(opportunity.emails);
  if (email === undefined) return no('no_email');
  const name = splitName(opportunity.name);
  if (!name) return no('no_name');
  if (!order.isAgain && findPromise(order, facts)) return no('already_invited');
  if (!order.isAgain && facts.isSimilarSent) return no('similar_address');
  return { isEligible: true, recipient: { email, ...name } };
}

/** The request replaces rule, tag, delay and brake; all else applies. Never throws. */
export function checkManualEligibility(order: ManualOrder, facts: EligibilityFacts): Eligibility {
  const { sighting } = facts;
  if (sighting.kind === 'deleted') return no('deleted');
  if (sighting.kind !== 'opportunity') return no('no_access');
  return eligibilityOf(sighting.opportunity, order, facts);
}
