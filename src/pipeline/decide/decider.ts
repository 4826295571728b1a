/** Decides about an opportunity as it was read, and writes what follows, in one transaction. */
import { setImmediate } from 'node:timers/promises';
import type { BridgeClock } from '../../domain/clock.js';
import { decide, type PostingNeeded } from '../../domain/decide/decide.js';
import type { Decision, Invite } from '../../domain/decision.js';
import { normalizeEmail } from '../../domain/email.js';
import type { ContactId, InvitationId, RuleId } from '../../domain/ids.js';
import type { Rule } from '../../domain/rule.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { Freshness } from '../invitations/freshness.js';
import type { InvitationStore } from '../invitations/invitation-store.js';
import type { HoldTags, LeverUpdates } from '../invitations/lever-updates.js';
import type { ManualRecheck, RulePromises } from '../invitations/promise-invitations.js';
import type { SentElsewhere } from '../invitations/sent-elsewhere.js';
import type { Brake } from './brake.js';
import type { DecisionStore } from './decision-store.js';
import { opportunityOf, Situations, type ReadOpportunity } from './situations.js';
import { VISIT_TOLERANCE_MS, type VisitStore } from './visit-store.js';

const COUNTED_A_TURN = 5;

export interface DeciderDeps {
  database: Database;
  clock: BridgeClock;
  integration: IntegrationStore;
  rules: RuleStore;
  invitations: InvitationStore;
  news: LeverUpdates;
  promises: RulePromises;
  byHand: ManualRecheck;
  decisions: DecisionStore;
  visits: VisitStore;
  brake: Brake;
  holdTags: HoldTags;
  freshness: Freshness;
  sentElsewhere: SentElsewhere;
  /** Called with each new decision, once it is on disk. */
  onDecided?: (decision: Decision) => void;
}

export interface Decided {
  kind: 'decided';
  decision: Decision;
  isNew: boolean;
  /** The invitations that may now be sent, including those requested by `send`. */
  promised: readonly InvitationId[];
  /** The version of the rules for this decision. */
  version: number;
  /** Whether we checked Lever for links that aren't ours. */
  isRiskTaken: boolean;
}

/**
 * A list doesn't say when the candidate came to the stage, so the record must be read alone before
 * anything is sent.
 */
export interface RecordNeeded {
  kind: 'record_needed';
}

export type DecideResult = Decided | PostingNeeded | RecordNeeded;

type Conclusion = Decision | PostingNeeded | RecordNeeded;

/** Not used: the opportunity was meanwhile decided on a later read. */
export interface Outdated {
  kind: 'outdated';
}

/** A new invite that the brake would count, left undecided. */
export interface Counted {
  kind: 'counted';
}

export class Decider {
  readonly #situations;

  constructor(private readonly deps: DeciderDeps) {
    this.#situations = new Situations(deps);
  }

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
    const { promised, version, isRiskTaken, decision, isNew } = result;
    if (isNew) this.deps.onDecided?.(decision);
    for (const id of promised) {
      this.deps.freshness.note(id, { startedMs: read.startedMs, version, isRiskTaken });
    }
  }

  /** What would be concluded now if this were read alone, the brake included. Writes nothing. */
  foresee(read: ReadOpportunity): Decision | PostingNeeded {
    const now = this.deps.clock.leverNow();
    const dated = this.#dated(read);
    const decision = decide(this.#situations.of(dated, this.deps.rules.listActive(), now));
    if (!this.#isForBrake(dated, decision)) return decision;
    return this.deps.brake.wouldEngage(decision.rule.id, 1, now) ? heldByBrake(decision) : decision;
  }

  /**
   * Engages the brake of every rule that these reads together would push over its limit; queues
   * nothing.
   */
  async brakeTogether(reads: readonly ReadOpportunity[]): Promise<RuleId[]> {
    const { database, clock, brake } = this.deps;
    const wanted = countByRule(withoutSamePerson(await this.#newInvites(reads)));
    return database.write((tx) => {
      const now = this.deps.clock.leverNow();
      const over = [...wanted].filter(([id, more]) => brake.wouldEngage(id, more, now));
      for (const [id] of over) brake.engage(tx, id, clock.now());
      return over.map(([id]) => id);
    });
  }

  /** Some in each turn, because so many together would block the event loop. */
  async #newInvites(reads: readonly ReadOpportunity[]): Promise<CountedInvite[]> {
    const invites: CountedInvite[] = [];
    for (let start = 0; start < reads.length; start += COUNTED_A_TURN) {
      if (start > 0) await setImmediate();
      const now = this.deps.clock.leverNow();
      const active = this.deps.rules.listActive();
      const some = reads.slice(start, start + COUNTED_A_TURN);
      invites.push(
        ...some.flatMap((read) => this.#newInvite(this.#dated(read), active, now) ?? []),
      );
    }
    return invites;
  }

  #decideWithin(tx: Tx, shown: ReadOpportunity): DecideResult {
    const read = this.#datedForGood(tx, shown);
    return this.#settle(tx, read, this.#conclude(shown, read));
  }

  #decideUnlessCounted(tx: Tx, shown: ReadOpportunity): DecideResult | Counted {
    const read = this.#datedForGood(tx, shown);
    const concluded = this.#conclude(shown, read);
    return this.#isForBrake(read, concluded)
      ? { kind: 'counted' }
      : this.#settle(tx, read, concluded);
  }

  /** The read with its visit as it is stored. */
  #dated(read: ReadOpportunity): ReadOpportunity {
    const opportunity = opportunityOf(read);
    if (!opportunity) return read;
    const dated = this.deps.visits.find(opportunity);
    return { ...read, sighting: { kind: 'opportunity', opportunity: dated } };
  }

  #datedForGood(tx: Tx, read: ReadOpportunity): ReadOpportunity {
    const opportunity = opportunityOf(read);
    if (opportunity) this.deps.visits.settle(tx, opportunity);
    return this.#dated(read);
  }

  /** The rules are read each time, because the previous decision may have engaged a brake. */
  #conclude(shown: ReadOpportunity, read: ReadOpportunity): Conclusion {
    const { rules, clock } = this.deps;
    const decision = decide(this.#situations.of(read, rules.listActive(), clock.leverNow()));
    return isInDoubt(shown, read, decision) ? { kind: 'record_needed' } : decision;
  }

  #settle(tx: Tx, read: ReadOpportunity, concluded: Conclusion): DecideResult {
    if (concluded.kind === 'posting_needed' || concluded.kind === 'record_needed') return concluded;
    const now = this.deps.clock.now();
    return this.#apply(tx, read, this.#braked(tx, read, concluded, now), now);
  }

  /** The invite that the read would cause and the brake would count. */
  #newInvite(
    read: ReadOpportunity,
    rules: readonly Rule[],
    now: number,
  ): CountedInvite | undefined {
    const decision = decide(this.#situations.of(read, rules, now));
    if (decision.kind !== 'invite' || !this.#isCounted(read, decision)) return undefined;
    return { invite: decision, contactId: opportunityOf(read)?.contactId ?? null };
  }

  /**
   * Approved ones don't count, nor earlier queued and counted ones, nor failed ones that would not
   * be sent again.
   */
  #isCounted(read: ReadOpportunity, invite: Invite): boolean {
    const { invitations, promises } = this.deps;
    const opportunity = opportunityOf(read);
    if (invite.isApproved || !opportunity || promises.isAsRefused(opportunity, invite)) {
      return false;
    }
    const own = invitations.ownOf(read.id);
    return !own.some(
      ({ state, challengeId }) => state === 'queued' && challengeId === invite.rule.challengeId,
    );
  }

  #isForBrake(read: ReadOpportunity, decision: Conclusion): decision is Invite {
    if (decision.kind !== 'invite' || !this.deps.brake.isOn()) return false;
    return this.#isCounted(read, decision);
  }

  #braked(tx: Tx, read: ReadOpportunity, decision: Decision, now: number): Decision {
    const { brake } = this.deps;
    if (!this.#isForBrake(read, decision)) return decision;
    if (!brake.wouldEngage(decision.rule.id, 1, this.deps.clock.leverNow())) return decision;
    brake.engage(tx, decision.rule.id, now);
    return heldByBrake(decision);
  }

  #apply(tx: Tx, read: ReadOpportunity, decision: Decision, now: number): DecideResult {
    const { decisions, invitations, brake, byHand, holdTags, clock } = this.deps;
    const opportunity = opportunityOf(read);
    if (opportunity) {
      decisions.see(tx, opportunity, decision.kind !== 'ignore', now);
      invitations.noteAddresses(tx, opportunity, now);
    }
    const last = decisions.findCurrent(read.id);
    const isNew = decisions.record(tx, read.id, opportunity, decision, now);
    holdTags.follow(tx, read.id, decision, now);
    const promised = [
      ...this.#follow(tx, read, decision, now),
      ...byHand.follow(tx, read, clock.leverNow()),
    ];
    if (last?.reason === 'brake' && isNew && last.rule_id !== null) {
      brake.releaseIfNoneIsHeld(tx, last.rule_id as RuleId, clock.leverNow());
    }
    const { version } = this.deps.integration.read();
    const isRiskTaken = this.deps.sentElsewhere.isRiskTaken(now);
    return { kind: 'decided', decision, isNew, promised, version, isRiskTaken };
  }

  /** What a decision means for the invitations: queued, cancelled, or an existing one shared. */
  #follow(tx: Tx, read: ReadOpportunity, decision: Decision, now: number): InvitationId[] {
    const { invitations, promises, news, clock } = this.deps;
    const opportunity = opportunityOf(read);
    if (decision.kind !== 'invite' || !opportunity) {
      const reason = decision.kind === 'invite' ? 'no_access' : decision.reason;
      invitations.cancelQueued(tx, read.id, reason, null);
      if (decision.kind === 'ignore' && decision.shares !== null) {
        news.share(tx, decision.shares, read.id, now);
      }
      return [];
    }
    invitations.cancelQueued(tx, read.id, 'other_challenge', decision.rule.challengeId);
    const id = promises.promise(tx, decision, opportunity, { now, promisedAt: clock.leverNow() });
    return id === undefined ? [] : [id];
  }
}

function heldByBrake({ rule }: Invite): Decision {
  return {
    ...{ kind: 'hold', reason: 'brake', detail: null, until: null },
    rule: { ...rule, isBraked: true },
  };
}

/** A list's record without stage changes may hide a move, or make archiving look like one. */
function isInDoubt(
  shown: ReadOpportunity,
  read: ReadOpportunity,
  decision: Decision | PostingNeeded,
): boolean {
  const [listed, dated] = [opportunityOf(shown), opportunityOf(read)];
  if (shown.isListed !== true || !listed || !dated || listed.isVisitKnown) return false;
  const isGuess = decision.kind === 'invite' && !dated.isVisitKnown;
  return isGuess || Math.abs(listed.visitAt - dated.visitAt) > VISIT_TOLERANCE_MS;
}

interface CountedInvite {
  invite: Invite;
  contactId: ContactId | null;
}

/** Two opportunities of one person count as one. */
function withoutSamePerson(counted: readonly CountedInvite[]): CountedInvite[] {
  const seen = new Set<string>();
  return counted.filter(({ invite, contactId }) => {
    const { challengeId } = invite.rule;
    const keys = [
      `${challengeId} ${normalizeEmail(invite.email)}`,
      ...(contactId === null ? [] : [`${challengeId} ${contactId}`]),
    ];
    const isNew = keys.every((key) => !seen.has(key));
    if (isNew) for (const key of keys) seen.add(key);
    return isNew;
  });
}

function countByRule(counted: readonly CountedInvite[]): Map<RuleId, number> {
  const counts = new Map<RuleId, number>();
  for (const { invite } of counted) {
    counts.set(invite.rule.id, (counts.get(invite.rule.id) ?? 0) + 1);
  }
  return counts;
}
