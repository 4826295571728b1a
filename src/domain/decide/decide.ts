/** The decision about one opportunity, and what it depends on. Pure: no clock, no I/O, no await. */
import { DAY_MS, MINUTE_MS } from '../clock.js';
import type { ChallengeId, InvitationId, RuleId, StageId } from '../ids.js';
import { type InvitationState, PROMISED_STATES } from '../invitation.js';
import type { Consent, Opportunity, Seen } from '../opportunity.js';
import { type Addressee, findEmail, splitName } from '../addressee.js';
import type {
  ApprovableReason,
  Decision,
  Hold,
  HoldReason,
  Ignore,
  IgnoreReason,
} from '../reasons.js';
import { type Rule } from '../rule.js';
import { normalizeTag } from '../vendor-text.js';
import { carries, type Match, matchRule, MOST_COMPARED, normalTags } from './match-rule.js';

/** An invitation of the opportunity being decided: what a decision needs of its row. */
export interface OwnInvitation {
  challenge_id: ChallengeId;
  state: InvitationState;
  visit_stage_id: StageId;
  /** Epoch ms. */
  visit_at: number;
  /** `person`: an admin requested it with `send`. A rule's decision never touches it. */
  origin: 'rule' | 'approval' | 'person';
}

/** A promise to the same person through another opportunity. */
export interface PersonPromise {
  invitationId: InvitationId;
  challengeId: ChallengeId;
  /** When it was sent, epoch ms; null while it waits. */
  countsFrom: number | null;
  isSameContact: boolean;
  /** `forget` erased the promise's link, and who got it. */
  isForgotten: boolean;
}

/** An admin approved this visit's challenge. */
export interface Approval {
  challengeId: ChallengeId;
  reason: ApprovableReason;
}

export interface Situation {
  sighting: Seen;
  /** All active rules, as they apply to the candidate's tags. */
  rules: readonly Rule[];
  /** Lever's time of the read, epoch ms. */
  now: number;
  isPaused: boolean;
  /** An admin ran `forget` for this person during this visit. */
  isForgotten: boolean;
  /** A webhook announced a rule's stage, or we have seen the opportunity in one. */
  wasInRuleStage: boolean;
  own: readonly OwnInvitation[];
  ofPerson: readonly PersonPromise[];
  /**
   * Normalized tags of the stage's rules whose challenge CodeSubmit lists for a similar address, within the reuse days
   * and not sent by us.
   */
  similarSent: ReadonlySet<string>;
  /** Rules whose admin chose to invite this visit although it began before them. */
  approvedAtActivation: ReadonlySet<RuleId>;
  /** Approvals of this visit. */
  approvals: readonly Approval[];
  /**
   * Undefined: not read. Null: no posting, or no permission to read it. Read only when two
   * challenge tags match.
   */
  postingTags?: readonly string[] | null;
}

/** The situation of a candidate whom Lever shows. */
interface Shown extends Situation {
  opportunity: Opportunity;
}

/** The challenge to send, and how long the same person must not get it again. */
interface Reuse {
  challengeId: ChallengeId;
  reuseMs: number;
}

const PROMISED = new Set<string>(PROMISED_STATES);

/** Two challenge tags match and the posting's tags were not read: read them and decide again. */
export interface PostingNeeded {
  kind: 'posting_needed';
}

function ignore(reason: IgnoreReason, detail: string | null = null): Ignore {
  return { kind: 'ignore', reason, detail, shares: null };
}

function hold(reason: HoldReason, rule: Rule, detail: string | null = null): Hold {
  return { kind: 'hold', reason, detail, rule, until: null };
}

/**
 * The opportunity's own promises. A queued invitation of a rule doesn't count, because this decision is about that one.
 * A queued manual one counts while the candidate is in the same stage; once they left it, the same look cancels it.
 */
function promisedOf({ own: all, opportunity: { stageId } }: Shown): OwnInvitation[] {
  const isPromise = (own: OwnInvitation): boolean =>
    own.state !== 'queued' || (own.origin === 'person' && own.visit_stage_id === stageId);
  return all.filter((own) => PROMISED.has(own.state) && isPromise(own));
}

/** Which part forbids contact; the detail of `contact_not_allowed`. */
type ConsentRefusal = 'contact' | 'store' | 'expired';

/** Why contact is forbidden; undefined when nothing forbids it. `now` is Lever's time, epoch ms. */
function findConsentRefusal(consent: Consent, now: number): ConsentRefusal | undefined {
  if (consent.isContactRefused) return 'contact';
  if (consent.isStoreRefused) return 'store';
  if (consent.expiresAt !== null && consent.expiresAt <= now) return 'expired';
  return undefined;
}

/**
 * Why the candidate gets no challenge whatever their tags are: by their record, a `forget`, or a stage without rules.
 * Undefined if none of that excludes them.
 */
function refuseByRecord(situation: Shown): Ignore | undefined {
  const { opportunity } = situation;
  if (opportunity.isAnonymized) return ignore('anonymized');
  // Like one whom Lever anonymized; the detail tells them apart.
  if (situation.isForgotten) return ignore('anonymized', 'forgotten');
  if (opportunity.isArchived) return ignore('archived');
  const hasRuleForStage = situation.rules.some((rule) => rule.stageId === opportunity.stageId);
  if (!hasRuleForStage) return ignore(situation.wasInRuleStage ? 'left_stage' : 'other_stage');
  const refusal = findConsentRefusal(opportunity.consent, situation.now);
  return refusal && ignore('contact_not_allowed', refusal);
}

/**
 * Ignores a candidate to whom the rule's challenge was promised already: through this opportunity, or another of the
 * same person, whose invitation is then shared. Undefined if it wasn't.
 */
function ignoreAsInvited(rule: Rule, situation: Shown): Ignore | undefined {
  const promised = promisedOf(situation);
  if (promised.some((own) => own.challenge_id === rule.challengeId)) {
    return ignore('already_invited');
  }
  // `holdForgotten` decides about forgotten ones: their link can't be shared any more.
  const [found] = promisedToPerson(reuseOf(rule), situation).filter(
    ({ isForgotten }) => !isForgotten,
  );
  if (!found) return undefined;
  const { invitationId, isSameContact } = found;
  const ignored = ignore('already_invited', 'same_person');
  return { ...ignored, shares: { invitationId, isSameContact } };
}

/**
 * Ignores a candidate who was promised a challenge in this visit: one visit yields one invitation, however its tags or
 * the rules change afterwards. If neither tags nor rules stand for that invitation's challenge any more, or they stand
 * for another than an admin requested, the detail says so. Undefined if nothing was promised in it.
 */
function ignoreAsSameVisit(situation: Shown): Ignore | undefined {
  const { opportunity } = situation;
  const ofVisit = promisedOf(situation).find(
    (own) => own.visit_stage_id === opportunity.stageId && own.visit_at === opportunity.visitAt,
  );
  if (!ofVisit) return undefined;
  const match = matchRule({
    opportunity,
    rules: situation.rules,
    // Whether the tags still select what was sent: a challenge that they had must not be left out.
    alreadyHad: new Set(),
    // Not worth a request to Lever: tags that stay ambiguous without it count as carried below.
    postingTags: situation.postingTags ?? null,
  });
  // The `*` rule matches without being carried; of several challenge tags none may match, but each is carried.
  const matched = match.kind === 'rule' ? [match.rule] : [];
  const tags = normalTags(opportunity.tags);
  const carried = situation.rules.filter(
    (rule) => rule.stageId === opportunity.stageId && carries(tags, rule),
  );
  // `former`: a tag stays as it was when CodeSubmit's challenge is archived or renamed. One that never named any stands
  // for none.
  const standFor = [...matched, ...carried].flatMap(
    ({ challengeId, noChallenge }) => (noChallenge ? noChallenge.former : challengeId) ?? [],
  );
  // What an admin requested needs no tag.
  const isAsBefore =
    standFor.includes(ofVisit.challenge_id) ||
    (standFor.length === 0 && ofVisit.origin === 'person');
  return ignore('already_invited', isAsBefore ? null : 'tag_changed');
}

/** The rule's challenge, and how long the same person must not get it again. */
export function reuseOf({ challengeId, reuseDays }: Rule): Reuse {
  return { challengeId, reuseMs: reuseDays * DAY_MS };
}

/**
 * Promises of the challenge that still count, through another opportunity of the person. Those of the same contact come
 * first, because links belong to the contact: the candidate has the link already.
 */
export function promisedToPerson(
  reuse: Reuse,
  { ofPerson, now }: Pick<Situation, 'ofPerson' | 'now'>,
): PersonPromise[] {
  return ofPerson
    .filter((promise) => {
      // One that waits counts however old it is: it may be sent any moment.
      const from = promise.countsFrom ?? Infinity;
      return promise.challengeId === reuse.challengeId && from > now - reuse.reuseMs;
    })
    .toSorted((a, b) => Number(b.isSameContact) - Number(a.isSameContact));
}

/**
 * Holds a candidate who had the challenge, and whose link `forget` erased: a person decides whether they get it again.
 * Promises that weren't forgotten have ended the decision before, in `ignoreAsInvited`. The reuse days count back from
 * the visit, if that is earlier: a hold doesn't end because they end meanwhile.
 */
function holdForgotten(rule: Rule, situation: Shown): Hold | undefined {
  const { visitAt } = situation.opportunity;
  const asOfVisit = { ...situation, now: Math.min(situation.now, visitAt) };
  const promised = promisedToPerson(reuseOf(rule), asOfVisit);
  if (!promised.some(({ isForgotten }) => isForgotten)) return undefined;
  if (isApproved(rule, situation, 'forgotten')) return undefined;
  return hold('forgotten', rule, rule.challengeName);
}

/** Whether an admin approved the rule's challenge for this visit, so that a hold for that reason ends. */
function isApproved(rule: Rule, situation: Situation, reason: ApprovableReason): boolean {
  return situation.approvals.some(
    (approval) => approval.challengeId === rule.challengeId && approval.reason === reason,
  );
}

/** Whether an admin approved the candidate, for any reason: then the brake doesn't hold them, nor count them. */
function isFreeOfBrake(rule: Rule, situation: Situation): boolean {
  return (
    isApprovedWhenAdded(rule, situation) ||
    situation.approvals.some(({ challengeId }) => challengeId === rule.challengeId)
  );
}

/** Whether an admin chose to invite this candidate, who was there already, when adding this rule or one it replaces. */
function isApprovedWhenAdded({ id, formerly }: Rule, { approvedAtActivation }: Situation): boolean {
  return [id, ...formerly.map(({ ruleId }) => ruleId)].some((one) => approvedAtActivation.has(one));
}

/** Whether the candidate came to the stage before the rule applied, and the admin chose not to invite those. */
function cameBeforeRule(rule: Rule, situation: Shown): boolean {
  if (isApprovedWhenAdded(rule, situation)) return false;
  const { visitAt } = situation.opportunity;
  // Other rules applied to this stage and tag before: candidates who came in their time aren't too early.
  const isOfFormer = rule.formerly.some(({ from, until }) => from <= visitAt && visitAt < until);
  return visitAt < rule.activatedAt && !isOfFormer;
}

/** Ignores a candidate who came to the stage before the rule applied; the detail says when each was. */
function ignoreAsCameBefore({ activatedAt }: Rule, { opportunity }: Shown): Ignore {
  const [came, added] = [opportunity.visitAt, activatedAt].map((at) => new Date(at).toISOString());
  return ignore('before_activation', `came ${came}, rule added ${added}`);
}

/** Holds a candidate who had another challenge in this stage; `ignoreAsInvited` has excluded the same one. */
function holdSecondChallenge(rule: Rule, situation: Shown): Hold | undefined {
  const hadAnother = promisedOf(situation).some(
    (own) => own.visit_stage_id === situation.opportunity.stageId,
  );
  if (!hadAnother || isApproved(rule, situation, 'second_challenge')) return undefined;
  return hold('second_challenge', rule, rule.challengeName);
}

/**
 * Holds a candidate to whom someone else may have sent the challenge already, by an address similar to theirs in
 * CodeSubmit's list.
 */
function holdSentElsewhere(rule: Rule, situation: Situation): Hold | undefined {
  // Normalized tags of the rules whose challenge CodeSubmit lists for a similar address.
  if (!situation.similarSent.has(normalizeTag(rule.tag))) return undefined;
  if (isApproved(rule, situation, 'similar_address')) return undefined;
  return hold('similar_address', rule, rule.challengeName);
}

/** Holds a candidate while the rule's delay, which began when they came to the stage, isn't over. */
function holdUntilDelayIsOver(rule: Rule, situation: Shown): Hold | undefined {
  const until = situation.opportunity.visitAt + rule.delayMinutes * MINUTE_MS;
  if (rule.delayMinutes === 0 || situation.now >= until) return undefined;
  return { ...hold('delayed', rule, `until ${new Date(until).toISOString()}`), until };
}

/** Whether a rule has queued the challenge for the opportunity already. */
export function isQueuedByRule(own: readonly OwnInvitation[], challengeId: ChallengeId): boolean {
  return own.some(
    ({ state, origin, challenge_id: queued }) =>
      state === 'queued' && origin !== 'person' && queued === challengeId,
  );
}

/**
 * Holds because of an unknown challenge, the rule's brake (too many at once, and no approval), or a pause. During a
 * pause a queued invitation stays queued: nothing is sent anyway.
 */
function holdByRuleOrPause(rule: Rule, situation: Situation): Hold | undefined {
  if (rule.isChallengeUnknown) return hold('unknown_challenge', rule, rule.challengeName);
  const isQueued = isQueuedByRule(situation.own, rule.challengeId);
  if (rule.isBraked && !isFreeOfBrake(rule, situation)) return hold('brake', rule);
  if (situation.isPaused && !isQueued) return hold('paused', rule);
  return undefined;
}

/** Decides by the rule that the tags select. The first obstacle decides: one to ignore comes before any hold. */
function decideByRule(rule: Rule, situation: Shown): Decision {
  const { opportunity } = situation;
  const invited = ignoreAsInvited(rule, situation);
  if (invited) return invited;
  if (cameBeforeRule(rule, situation)) return ignoreAsCameBefore(rule, situation);
  if (rule.noChallenge !== undefined) return hold('unknown_challenge', rule, rule.noChallenge.why);
  const email = findEmail(opportunity.emails);
  if (email === undefined) return hold('no_email', rule);
  const name = splitName(opportunity.name);
  if (!name) return hold('no_name', rule);
  const held =
    holdSecondChallenge(rule, situation) ??
    holdForgotten(rule, situation) ??
    holdSentElsewhere(rule, situation) ??
    holdUntilDelayIsOver(rule, situation) ??
    holdByRuleOrPause(rule, situation);
  if (held) return held;
  const isApproved = isFreeOfBrake(rule, situation);
  return { kind: 'invite', rule, opportunity, email, ...name, isApproved };
}

/**
 * Decides by what the tags select among the rules: by one rule, or why they select none. `posting_needed`: the
 * posting's tags must be read first, to decide again.
 */
function decideByMatch(match: Match, situation: Shown): Decision | PostingNeeded {
  const cameBefore = (rule: Rule): boolean => cameBeforeRule(rule, situation);
  switch (match.kind) {
    case 'rule':
      return decideByRule(match.rule, situation);
    case 'none':
      // The detail: a challenge tag that no rule of the stage uses, or null.
      return ignore('no_tag', match.unused);
    // Here and below: if no rule may invite the candidate anyway, no posting is read, and no one goes on hold.
    case 'posting_needed':
    case 'ambiguous': {
      const [first] = match.rules;
      if (match.rules.every(cameBefore)) return ignoreAsCameBefore(first, situation);
      if (match.kind === 'posting_needed') return { kind: 'posting_needed' };
      return hold('ambiguous_tags', first, match.rules.map((rule) => rule.tag).join(', '));
    }
    case 'near':
    case 'too_many_tags': {
      if (cameBefore(match.rule)) return ignoreAsCameBefore(match.rule, situation);
      const why =
        match.kind === 'near'
          ? `"${match.tag}" is close to "${match.nearTo}"`
          : `it has more than ${MOST_COMPARED} other tags, and not all were compared`;
      return hold('near_tag', match.rule, why);
    }
  }
}

/** Returns the decision, or asks for the posting's tags. Never throws. */
export function decide(situation: Situation): Decision | PostingNeeded {
  const { sighting } = situation;
  if (sighting.kind === 'deleted') return ignore('deleted');
  // A 403, or a 404 that doesn't prove the deletion.
  if (!sighting.opportunity) return ignore('no_access');
  const { opportunity } = sighting;
  const shown = { ...situation, opportunity };
  const refused = refuseByRecord(shown) ?? ignoreAsSameVisit(shown);
  if (refused) return refused;
  const match = matchRule({
    opportunity,
    rules: situation.rules,
    alreadyHad: new Set(promisedOf(shown).map((own) => own.challenge_id)),
    postingTags: situation.postingTags,
  });
  return decideByMatch(match, shown);
}

/** The challenge that an admin requested, and its reuse days. */
export interface ManualOrder extends Reuse {
  /** The stage in which the admin requested it; null for none. */
  stageId: StageId | null;
  /** The admin wants it sent although it was promised before. */
  isAgain: boolean;
}

export interface EligibilityFacts extends Pick<Situation, 'sighting' | 'ofPerson' | 'now'> {
  /** CodeSubmit lists the challenge for a similar address, and no one approved that. */
  isSimilarSent: boolean;
}

/**
 * Who gets a requested challenge, or the reason why it may not be sent. The admin's request stands for rule, tag, delay,
 * the brake's approval and that of a second challenge in the stage. The caller has excluded that this very opportunity
 * has the challenge. Never throws.
 */
export function checkManualEligibility(
  order: ManualOrder,
  facts: EligibilityFacts,
): Addressee | HoldReason | IgnoreReason {
  const { sighting } = facts;
  if (sighting.kind === 'deleted') return 'deleted';
  if (!sighting.opportunity) return 'no_access';
  const { opportunity } = sighting;
  if (opportunity.isAnonymized) return 'anonymized';
  if (opportunity.isArchived) return 'archived';
  if (opportunity.stageId !== order.stageId) return 'left_stage';
  if (findConsentRefusal(opportunity.consent, facts.now)) return 'contact_not_allowed';
  const email = findEmail(opportunity.emails);
  if (email === undefined) return 'no_email';
  const name = splitName(opportunity.name);
  if (!name) return 'no_name';
  const isPromised = promisedToPerson(order, facts).length > 0;
  if (isPromised && !order.isAgain) return 'already_invited';
  if (!order.isAgain && facts.isSimilarSent) return 'similar_address';
  return { email, ...name };
}
