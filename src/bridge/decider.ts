/** Decides about an opportunity as it was read, and writes what follows, in one transaction. */
import type { Clock } from '../domain/clock.js';
import type { PostingNeeded } from '../domain/decide/decide.js';
import type { Decision, Invite } from '../domain/decision.js';
import type { RuleId } from '../domain/ids.js';
import type { Database, Tx } from '../store/database/database.js';
import type { Promised, Recipients } from './recipients.js';
import { cancelQueued, noteAddresses } from '../store/invitations.js';
import type { Brake } from './brake.js';
import {
  type Conclusions,
  type CountedInvite,
  type DecisionBasis,
  type ReadOpportunity,
  opportunityOf,
  withoutSamePerson,
} from './conclude.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import type { Bridge } from './bridge.js';
import { showHold, showShared } from './lever-updates.js';
import type { PromiseMoment, Promises } from './promise-invitations.js';
import { dateForgotten, findCandidateRow, recordDecision, see } from '../store/candidates.js';

// Writes a decision and what follows from it: invitations queued, cancelled or shared, and tags for
// holds.

export interface DecisionRecorderDeps {
  brake: Brake;
  invitations: InvitationQueries;
  promises: Promises;
  bridge: Bridge;
}

export interface Recorded {
  /** It differs from the last one for the same opportunity. */
  isNew: boolean;
  /** The invitations that may now be sent. */
  promised: readonly Promised[];
}

export class DecisionRecorder {
  constructor(private readonly deps: DecisionRecorderDeps) {}

  dateForgotten(tx: Tx, read: ReadOpportunity, clock: Clock): void {
    const opportunity = opportunityOf(read);
    if (!opportunity) return;
    const beganAt = clock.now() - (clock.monotonicMs() - read.startedMs);
    dateForgotten(tx, opportunity, beganAt, read.now);
  }

  record(tx: Tx, read: ReadOpportunity, decision: Decision, at: PromiseMoment): Recorded {
    const { invitations, brake, promises, bridge } = this.deps;
    const { now, promisedAt } = at;
    const opportunity = opportunityOf(read);
    const last = findCandidateRow(tx, read.id);
    if (opportunity) {
      const [email] = opportunity.emails;
      const emailHash = email === undefined ? null : bridge.sealer.hashEmail(email);
      see(tx, opportunity, emailHash, decision.kind !== 'ignore');
      noteAddresses(tx, opportunity.id, invitations.hashAll(opportunity.emails), now);
    }
    const isNew = recordDecision(tx, read.id, opportunity, decision, now);
    showHold(tx, bridge, read.id, decision, now);
    // First what an admin requested: the decision may queue again what ends here.
    const promised = [
      ...promises.recheckManual(tx, read, at),
      ...this.#follow(tx, read, decision, at),
    ];
    if (last?.reason === 'brake' && isNew && last.rule_id !== null) {
      brake.releaseIfNoneIsHeld(tx, last.rule_id, promisedAt);
    }
    return { isNew, promised };
  }

  #follow(tx: Tx, read: ReadOpportunity, decision: Decision, at: PromiseMoment): Promised[] {
    const { promises, bridge } = this.deps;
    const opportunity = opportunityOf(read);
    if (decision.kind !== 'invite' || !opportunity) {
      const reason = decision.kind === 'invite' ? 'no_access' : decision.reason;
      cancelQueued(tx, read.id, reason, null);
      if (decision.kind === 'ignore' && decision.shares !== null) {
        showShared(tx, bridge, decision.shares, read.id, at.now);
      }
      return [];
    }
    cancelQueued(tx, read.id, 'other_challenge', decision.rule.challengeId);
    const promised = promises.promise(tx, decision, opportunity, at);
    return promised === undefined ? [] : [promised];
  }
}

export interface DeciderDeps {
  database: Database;
  conclusions: Conclusions;
  brake: Brake;
  recorder: DecisionRecorder;
  recipients: Recipients;
  clock: Clock;
}

export interface Decided extends DecisionBasis {
  kind: 'decided';
  decision: Decision;
  isNew: boolean;
  /** The invitations that may now be sent, including those requested by `send`. */
  promised: readonly Promised[];
}

export type DecideResult = Decided | PostingNeeded;

/** Not used: the opportunity was meanwhile decided on a later read. */
export interface Outdated {
  kind: 'outdated';
}

/** A new invite that the brake would count, left undecided. */
export interface Counted extends CountedInvite {
  kind: 'counted';
}

export class Decider {
  /** `onDecided` is called with each new decision, once it is on disk. */
  constructor(
    private readonly deps: DeciderDeps,
    private readonly onDecided: (decision: Decision) => void = () => undefined,
  ) {}

  /**
   * One write, in which `settle` runs too, if `mayUse` still allows the read then. If the posting's
   * tags are needed, nothing is written: read them and call again.
   */
  async decide(
    read: ReadOpportunity,
    settle: (tx: Tx, decision: Decision) => void = () => undefined,
    mayUse: () => boolean = () => true,
  ): Promise<DecideResult | Outdated> {
    const result = await this.deps.database.write((tx) => {
      if (!mayUse()) return { kind: 'outdated' } as const;
      const decided = this.#decideWithin(tx, read);
      if (decided.kind === 'decided') settle(tx, decided.decision);
      return decided;
    });
    this.#noteDone(read, result);
    return result;
  }

  /**
   * Many in one write, in which `settle` runs for each. Reads that `mayUse` no longer allows are
   * left out; the results are of the others. With `leave`, new invites that the brake would count
   * are returned for `brakeTogether`.
   */
  async decideTogether<R extends ReadOpportunity>(
    reads: readonly R[],
    mayUse: (read: R) => boolean,
    settle: (tx: Tx, read: R, decision: Decision) => void,
    counted: 'decide' | 'leave' = 'decide',
  ): Promise<{ read: R; result: DecideResult | Counted }[]> {
    const results = await this.deps.database.write((tx) => {
      return reads.filter(mayUse).map((read) => {
        const result =
          counted === 'leave' ? this.#decideUnlessCounted(tx, read) : this.#decideWithin(tx, read);
        if (result.kind === 'decided') settle(tx, read, result.decision);
        return { read, result };
      });
    });
    for (const { read, result } of results) this.#noteDone(read, result);
    return results;
  }

  /** After the commit: a failed one must neither look fresh nor be counted. */
  #noteDone(read: ReadOpportunity, result: DecideResult | Counted | Outdated): void {
    if (result.kind !== 'decided') return;
    const { promised, version, decision, isNew } = result;
    if (isNew) this.onDecided(decision);
    for (const one of promised) {
      this.deps.recipients.note(one, { startedMs: read.startedMs, version, readAt: read.now });
    }
  }

  /** What would be concluded now if this were read alone, the brake included. Writes nothing. */
  foresee(read: ReadOpportunity): Decision | PostingNeeded {
    const { conclusions, brake } = this.deps;
    const decision = conclusions.conclude(read);
    if (!this.#isForBrake(read, decision)) return decision;
    const isHeld = brake.wouldEngage(decision.rule.id, 1, read.now);
    return isHeld ? heldByBrake(decision) : decision;
  }

  /** Engages the brake of each rule that these push over its limit; queues nothing. `readAt`: Lever's time of the last read. */
  async brakeTogether(counted: readonly CountedInvite[], readAt: number): Promise<RuleId[]> {
    const { database, clock, brake } = this.deps;
    const wanted = countByRule(withoutSamePerson(counted));
    const isOver = ([id, more]: [RuleId, number]): boolean => brake.wouldEngage(id, more, readAt);
    if (![...wanted].some(isOver)) return [];
    return database.write((tx) => {
      const over = [...wanted].filter(isOver);
      for (const [id] of over) brake.engage(tx, id, clock.now());
      return over.map(([id]) => id);
    });
  }

  #decideWithin(tx: Tx, read: ReadOpportunity): DecideResult {
    return this.#settle(tx, read, this.deps.conclusions.conclude(read));
  }

  #decideUnlessCounted(tx: Tx, read: ReadOpportunity): DecideResult | Counted {
    const concluded = this.deps.conclusions.conclude(read);
    return this.#isForBrake(read, concluded)
      ? { kind: 'counted', invite: concluded, contactId: opportunityOf(read)?.contactId ?? null }
      : this.#settle(tx, read, concluded);
  }

  #settle(tx: Tx, read: ReadOpportunity, concluded: Decision | PostingNeeded): DecideResult {
    if (concluded.kind === 'posting_needed') return concluded;
    const { conclusions, recorder, clock } = this.deps;
    const now = clock.now();
    const decision = this.#braked(tx, read, concluded, now);
    recorder.dateForgotten(tx, read, clock);
    const recorded = recorder.record(tx, read, decision, { now, promisedAt: read.now });
    return { kind: 'decided', decision, ...recorded, ...conclusions.basis() };
  }

  #isForBrake(read: ReadOpportunity, decision: Decision | PostingNeeded): decision is Invite {
    if (decision.kind !== 'invite' || !this.deps.brake.isOn()) return false;
    return this.deps.conclusions.isCounted(read, decision);
  }

  #braked(tx: Tx, read: ReadOpportunity, decision: Decision, now: number): Decision {
    const { brake } = this.deps;
    if (!this.#isForBrake(read, decision)) return decision;
    if (!brake.wouldEngage(decision.rule.id, 1, read.now)) return decision;
    brake.engage(tx, decision.rule.id, now);
    return heldByBrake(decision);
  }
}

function heldByBrake({ rule }: Invite): Decision {
  return {
    ...{ kind: 'hold', reason: 'brake', detail: null, until: null },
    rule: { ...rule, isBraked: true },
  };
}

function countByRule(counted: readonly CountedInvite[]): Map<RuleId, number> {
  const counts = new Map<RuleId, number>();
  for (const { invite } of counted) {
    counts.set(invite.rule.id, (counts.get(invite.rule.id) ?? 0) + 1);
  }
  return counts;
}
