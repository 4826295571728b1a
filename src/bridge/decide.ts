/**
 * Decides about an opportunity as it was read, and writes what follows, in one transaction.
 *
 * The brake holds a rule's unsent invitations when too many would be sent at once. When a rule would exceed its limit
 * within the window, `rules.braked_at` is set, queued unapproved invitations become `cancelled` with a `brake` hold,
 * and further decisions of that rule become holds. Everything one sweep finds counts together. A sweep never releases
 * these holds: `approve` stores an approval of that visit and challenge and has each candidate looked at. When no hold
 * is left the brake is off and counts from zero.
 */
import { MINUTE_MS } from '../domain/clock.js';
import { rulesFor } from '../domain/decide/challenge-tags.js';
import { decide, isQueuedByRule, reuseOf, type Situation } from '../domain/decide/decide.js';
import { carries, normalTags } from '../domain/decide/match-rule.js';
import { normalizeEmail } from '../domain/addressee.js';
import type { OpportunityId, RuleId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';
import { type Decision, type Invite, REASONS } from '../domain/reasons.js';
import { ANY_TAG, type Rule } from '../domain/rule.js';
import { normalizeTag } from '../domain/vendor-text.js';
import {
  countBrakeHolds,
  dateForgotten,
  findCandidateRow,
  isForgotten,
  lookAgainAt,
  recordDecision,
  settleLook,
  storeIdentity,
  turnIntoBrakeHold,
  type Candidate,
} from '../store/candidates.js';
import {
  countForBrake,
  hexOfEmails,
  listInvitationsOf,
  listPromisesToPerson,
  listQueuedForBrake,
} from '../store/invitation-queries.js';
import { cancelQueued, recordAddresses } from '../store/invitations.js';
import { listApprovals, listApprovedRules } from '../store/rule-store.js';
import { HOLD_TOPIC, setTag, unparkWritebacks } from '../store/writebacks.js';
import type { Bridge, BridgeTx, ReadOpportunity } from './bridge.js';
import {
  inviteIfNotRefused,
  queueByRule,
  recheckManual,
  type Promised,
} from './promise-invitations.js';
import { isSimilarSent } from './sent-elsewhere.js';
import { endSharesOfOthers, showSharedInLever } from './settle.js';

/** What was decided on a read. */
interface Decided {
  read: ReadOpportunity;
  decision: Decision;
  /** The decision differs from the last one for this opportunity. */
  isNew: boolean;
  /** The invitations that may now be sent, including those requested by `send`. */
  promised: readonly Promised[];
  /** The integration's version. Once it is another, rules or settings have changed, and nothing is sent by this. */
  version: number;
}

/** A new invite that the brake counts, with the read that it was decided on. */
export interface CountedInvite {
  read: ReadOpportunity;
  invite: Invite;
}

interface DecidedTogether {
  decided: Decided[];
  /** Nothing was written about these: read the tags of their postings, and decide again. */
  postingNeeded: ReadOpportunity[];
  /** Left undecided, for `brakeTogether`. */
  leftForBrake: CountedInvite[];
}

/**
 * Decides opportunities in one write, which settles their looks too. Leaves out reads that are older than what was
 * decided on meanwhile, and all of them once the integration is revoked. Those whose decision needs the tags of their
 * posting are returned undecided (`postingNeeded`). `countedInvites` says what to do with new invites that the brake
 * would count: decide each at once, or return them undecided for `brakeTogether` (`leftForBrake`).
 */
export async function decideTogether(
  bridge: Bridge,
  reads: readonly ReadOpportunity[],
  countedInvites: 'decide' | 'leave_undecided' = 'decide',
): Promise<DecidedTogether> {
  const together = await bridge.database.write((tx) => {
    const results: DecidedTogether = { decided: [], postingNeeded: [], leftForBrake: [] };
    // Revoked while Lever was read: that has cancelled what was queued and ended all holds, so none may follow.
    if (!bridge.integration.isInUse()) return results;
    for (const read of reads.filter((one) => bridge.reads.mayUse(one))) {
      // The facts are gathered for each, because the previous decision may have engaged a brake.
      const concluded = decide(situationOf(bridge, read));
      if (concluded.kind === 'posting_needed') {
        results.postingNeeded.push(read);
      } else if (countedInvites === 'leave_undecided' && isForBrake(bridge, read, concluded)) {
        results.leftForBrake.push({ read, invite: concluded });
      } else {
        results.decided.push(decideWithin({ ...bridge, tx }, read, concluded));
      }
    }
    return results;
  });
  for (const one of together.decided) publish(bridge, one);
  return together;
}

/**
 * A rule's brake puts its candidates on hold when too many challenges would go at once. Engages it for each rule whose
 * limit these undecided invites (one at least) would exceed together, and returns the ids of those rules. Queues
 * nothing: decided after this, their invites become holds.
 */
export function brakeTogether(
  bridge: Bridge,
  undecided: readonly CountedInvite[],
): Promise<Set<RuleId>> {
  const countByRule = new Map<RuleId, number>();
  for (const { invite } of withoutSamePerson(undecided)) {
    countByRule.set(invite.rule.id, (countByRule.get(invite.rule.id) ?? 0) + 1);
  }
  // The brake's window ends at the newest of the reads.
  const readAt = Math.max(...undecided.map(({ read }) => read.now));
  return bridge.database.write((tx) => {
    const overLimit = [...countByRule].filter(([id, n]) => wouldEngage(bridge, id, n, readAt));
    for (const [id] of overLimit) engageBrake({ ...bridge, tx }, id);
    return new Set(overLimit.map(([id]) => id));
  });
}

/** All that `decide` depends on. A candidate whom Lever doesn't show has no tags, no person and no approvals. */
function situationOf(bridge: Bridge, read: ReadOpportunity): Situation {
  const { database, sealer, integration, list } = bridge;
  const known = findCandidateRow(database, read.id);
  const { opportunity } = read.sighting;
  // A rule for every challenge becomes one rule for each tag of the candidate that begins with its prefix.
  const rules = rulesFor(opportunity?.tags ?? [], bridge.rules.listActive(), () => list.catalog());
  return {
    sighting: read.sighting,
    rules,
    now: read.now,
    isPaused: integration.read().paused_at !== null,
    isForgotten: opportunity !== undefined && isForgotten(known, opportunity),
    wasInRuleStage: wasInRuleStage(known, read, rules),
    own: listInvitationsOf(database, read.id),
    ofPerson: opportunity ? listPromisesToPerson(database, sealer, opportunity) : [],
    similarSent: opportunity ? listSimilarSent(bridge, opportunity, rules) : new Set(),
    approvedAtActivation: opportunity ? listApprovedRules(database, opportunity) : new Set(),
    approvals: opportunity ? listApprovals(database, opportunity) : [],
    ...(read.postingTags === undefined ? {} : { postingTags: read.postingTags }),
  };
}

/**
 * The normalized tags of rules that may apply to the candidate, and whose challenge someone else sent to a similar
 * address, by CodeSubmit's list. Rules that can't apply aren't looked up, because each costs queries.
 */
function listSimilarSent(
  bridge: Bridge,
  opportunity: Opportunity,
  rules: readonly Rule[],
): Set<string> {
  const carried = normalTags(opportunity.tags);
  const similar = rules.filter((rule) => {
    // `noChallenge`: the candidate's tag names no challenge, so there is none to look up.
    const isCarried = rule.noChallenge === undefined && carries(carried, rule);
    const mayApply = rule.tag === ANY_TAG || isCarried;
    return (
      rule.stageId === opportunity.stageId &&
      mayApply &&
      isSimilarSent(bridge, opportunity, reuseOf(rule))
    );
  });
  return new Set(similar.map(({ tag }) => normalizeTag(tag)));
}

/**
 * Whether we saw the candidate in a rule's stage, or a webhook announced that they moved into one. If Lever then shows
 * them outside the rules' stages, they have left (`left_stage`); otherwise they were merely elsewhere (`other_stage`).
 * Once recorded as left, they stay so.
 */
function wasInRuleStage(
  known: Candidate | undefined,
  { look }: ReadOpportunity,
  rules: readonly Rule[],
): boolean {
  if (known?.reason === 'left_stage') return true;
  const announced = look?.announced_stage_id;
  return rules.some(({ stageId }) => stageId === known?.stage_id || stageId === announced);
}

/**
 * Whether the decision is an invite that the brake counts; never while the admin has turned the brake off (null). The
 * brake leaves out approved invites, those that the rule has queued already, and failed ones that would not be sent
 * again.
 */
function isForBrake(bridge: Bridge, read: ReadOpportunity, decision: Decision): decision is Invite {
  if (decision.kind !== 'invite' || bridge.currentSettings().brake === null) return false;
  if (decision.isApproved || !inviteIfNotRefused(bridge, decision)) return false;
  const own = listInvitationsOf(bridge.database, read.id);
  return !isQueuedByRule(own, decision.rule.challengeId);
}

/** Leaves one invite of each person and challenge: only one of them will be sent, so the brake counts one. */
function withoutSamePerson(counted: readonly CountedInvite[]): CountedInvite[] {
  const seen = new Set<string>();
  return counted.filter(({ invite: { rule, opportunity } }) => {
    const { emails, contactId } = opportunity;
    // A person is the same contact, or has one of the same addresses. Without a contact, only these can tell.
    const who = [...emails.map(normalizeEmail), ...(contactId === null ? [] : [contactId])];
    const keys = who.map((one) => `${rule.challengeId} ${one}`);
    const isNew = keys.every((key) => !seen.has(key));
    if (isNew) for (const key of keys) seen.add(key);
    return isNew;
  });
}

/**
 * Writes the decision and all that follows from it, except what has to wait for the commit (`publish`). `concluded`:
 * what `decide` came to; the brake may still turn it into a hold. Returns what was decided, with the invitations that
 * may be sent by it.
 */
function decideWithin(bridge: BridgeTx, read: ReadOpportunity, concluded: Decision): Decided {
  const { tx, clock, integration } = bridge;
  const decision = holdIfBraked(bridge, read, concluded);
  const { opportunity } = read.sighting;
  // The decision that was in force until now: `recordDecision` replaces it.
  const last = findCandidateRow(tx, read.id);
  noteSeen(bridge, read, decision);
  const isNew = recordDecision(tx, read.id, opportunity, decision, clock.now());
  setHoldTag(bridge, read.id, decision);
  // What an admin requested comes first: if `recheckManual` cancels such a row, the decision may queue it again.
  const promised = [...recheckManual(bridge, read), ...updateQueue(bridge, read, decision)];
  // This candidate's hold by the brake has ended. It may have been the rule's last one.
  if (last?.reason === 'brake' && isNew && last.rule_id !== null) {
    releaseIdleBrake(bridge, last.rule_id, read.now);
  }
  bridge.reads.recordDecided(read);
  // A hold that ends by itself, such as a rule's delay, is looked at again then: its end is by Lever's clock, and looks
  // are due by ours.
  const until = decision.kind === 'hold' ? decision.until : null;
  const againAt = until === null ? null : clock.now() + (until - read.now);
  // A sweep's read settles no look: it plans the next one, unless a look is due for a reason of its own.
  if (read.look) settleLook(tx, read.look, againAt, clock.now());
  else lookAgainAt(tx, read.id, againAt);
  return { read, decision, isNew, promised, version: integration.read().version };
}

/**
 * The decision, or a hold if this one invite more would exceed the brake's limit: that turns the brake on, and from
 * then on `decide` concludes the holds.
 */
function holdIfBraked(bridge: BridgeTx, read: ReadOpportunity, decision: Decision): Decision {
  if (!isForBrake(bridge, read, decision)) return decision;
  if (!wouldEngage(bridge, decision.rule.id, 1, read.now)) return decision;
  engageBrake(bridge, decision.rule.id);
  const rule = { ...decision.rule, isBraked: true };
  return { kind: 'hold', reason: 'brake', detail: null, until: null, rule };
}

/**
 * Stores who the candidate is now, ends their shares of invitations that turn out to be another person's, and takes up
 * the updates that waited for Lever to show them. Also sets the end of an admin's `forget` that could not ask Lever: it
 * applies up to the visit that this read shows.
 */
function noteSeen(bridge: BridgeTx, read: ReadOpportunity, decision: Decision): void {
  const { tx, clock, sealer } = bridge;
  const { opportunity } = read.sighting;
  // Lever doesn't show them.
  if (!opportunity) return;
  // When the read began, by our calendar, on which `forget` was recorded.
  const beganAt = clock.now() - (clock.monotonicMs() - read.startedMs);
  dateForgotten(tx, opportunity, beganAt, read.now);
  const [email] = opportunity.emails;
  const emailHash = email === undefined ? null : sealer.hashEmail(email);
  // The name of an erased candidate is stored again only when a challenge is due or on hold.
  const isWanted = decision.kind !== 'ignore';
  storeIdentity(tx, opportunity, emailHash, isWanted);
  recordAddresses(tx, opportunity.id, hexOfEmails(sealer, opportunity.emails));
  endSharesOfOthers(bridge, opportunity);
  unparkWritebacks(tx, opportunity.id, clock.now());
}

/**
 * Queues what the decision invites to. Cancels everything else that rules queued for the opportunity: all of it if the
 * decision is no invite. Returns what may be sent now.
 */
function updateQueue(bridge: BridgeTx, read: ReadOpportunity, decision: Decision): Promised[] {
  if (decision.kind !== 'invite') {
    // Null: whatever their challenge.
    cancelQueued(bridge.tx, read.id, decision.reason, null);
    // Already invited through another opportunity of the same person: that challenge is shown here too.
    if (decision.kind === 'ignore' && decision.shares !== null) {
      showSharedInLever(bridge, decision.shares, read.id);
    }
    return [];
  }
  cancelQueued(bridge.tx, read.id, 'other_challenge', decision.rule.challengeId);
  // Nothing is promised if CodeSubmit refused this very invite before.
  const promised = queueByRule(bridge, decision, read.now);
  return promised === undefined ? [] : [promised];
}

/**
 * Remembers who gets what was promised, so it can be sent, and reports the decision if it is new. Runs after the
 * commit, because a decision whose write failed must neither be sent by nor counted in the metrics.
 */
function publish(
  { recipients, clock, onDecided, log }: Bridge,
  { read, promised, version, decision, isNew }: Decided,
): void {
  const { id: opportunity, startedMs, now, look } = read;
  // An address may be used for a minute after the read began, so the time it took to decide counts.
  const ageMs = clock.monotonicMs() - startedMs;
  for (const { id, recipient } of promised) {
    recipients.remember(id, { ...recipient, version, readAt: now }, ageMs);
  }
  if (!isNew) return;
  onDecided(decision);
  const reason = decision.kind === 'invite' ? null : decision.reason;
  const isRoutine = reason !== null && REASONS[reason].isRoutine === true;
  // A sweep meets many candidates who aren't due a challenge: routine reasons are logged after single looks only.
  if (look || !isRoutine) log.info({ opportunity, decision: decision.kind, reason }, 'decided');
}

/**
 * Whether `more` further invitations of the rule would exceed the brake's limit within its window. `now` is on Lever's
 * clock, like the times of the counted promises. Promises from before the brake was last turned off don't count.
 */
function wouldEngage(bridge: Bridge, ruleId: RuleId, more: number, now: number): boolean {
  const limit = bridge.currentSettings().brake;
  // A limit of null: the admin turned the brake off for all rules.
  if (limit === null) return false;
  const since = Math.max(now - limit.minutes * MINUTE_MS, bridge.rules.countFrom(ruleId));
  return countForBrake(bridge.database, ruleId, since) + more > limit.count;
}

/**
 * Turns the rule's brake on. Cancels what the rule has queued without approval: those candidates are on hold until
 * `approve`.
 */
function engageBrake(bridge: BridgeTx, ruleId: RuleId): void {
  const now = bridge.clock.now();
  bridge.rules.engageBrake(bridge.tx, ruleId, now);
  for (const { opportunity_id: id } of listQueuedForBrake(bridge.tx, ruleId)) {
    // Null: whatever its challenge, since rules queue only one for an opportunity.
    cancelQueued(bridge.tx, id, 'brake', null);
    turnIntoBrakeHold(bridge.tx, id, now);
  }
}

/**
 * Turns off brakes that hold no one, at start: the process may have died after the last hold ended and before its brake
 * was turned off. Promises count from the same time as before.
 */
export function releaseIdleBrakes(bridge: BridgeTx): void {
  for (const { id, isBraked } of bridge.rules.listActive()) {
    if (isBraked) releaseIdleBrake(bridge, id, bridge.rules.countFrom(id));
  }
}

/**
 * Turns the rule's brake off once it keeps no candidate on hold any more. From then on, only promises made since
 * `countFrom` (epoch ms, Lever's clock) count towards the rule's limit.
 */
function releaseIdleBrake({ tx, rules }: BridgeTx, ruleId: RuleId, countFrom: number): void {
  if (countBrakeHolds(tx, ruleId) === 0) rules.releaseBrake(tx, ruleId, countFrom);
}

/**
 * Shows recruiters by a tag why a candidate is on hold, if the admin wants it; a decision without such a tag removes
 * the last one. The same decision again queues nothing.
 */
function setHoldTag(bridge: BridgeTx, opportunityId: OpportunityId, decision: Decision): void {
  // Turning the setting off removes all these tags (`clearTags`).
  if (!bridge.currentSettings().holdTags) return;
  const about = { invitationId: null, opportunityId, topic: HOLD_TOPIC };
  // Undefined: not on hold, or a reason that recruiters needn't see.
  const tag = decision.kind === 'hold' ? REASONS[decision.reason].holdTag : undefined;
  setTag(bridge.tx, about, tag ?? null, bridge.clock.now());
}
