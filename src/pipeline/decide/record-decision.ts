/** Writes a decision and what follows from it: invitations queued, cancelled or shared, and tags for holds. */
import type { Decision } from '../../domain/decision.js';
import type { InvitationId, RuleId } from '../../domain/ids.js';
import type { Tx } from '../../storage/database/database.js';
import type { InvitationStore } from '../invitations/invitation-store.js';
import type { HoldTags, LeverUpdates } from '../invitations/lever-updates.js';
import type { PromiseMoment, Promises } from '../invitations/promise-invitations.js';
import type { Brake } from './brake.js';
import { opportunityOf, type ReadOpportunity } from './conclude.js';
import type { DecisionStore } from './decision-store.js';

export interface DecisionRecorderDeps {
  decisions: DecisionStore;
  brake: Brake;
  invitations: InvitationStore;
  promises: Promises;
  news: LeverUpdates;
  holdTags: HoldTags;
}

export interface Recorded {
  /** It differs from the last one for the same opportunity. */
  isNew: boolean;
  /** The invitations that may now be sent. */
  promised: readonly InvitationId[];
}

export class DecisionRecorder {
  constructor(private readonly deps: DecisionRecorderDeps) {}

  record(tx: Tx, read: ReadOpportunity, decision: Decision, at: PromiseMoment): Recorded {
    const { decisions, invitations, brake, promises, holdTags } = this.deps;
    const { now, promisedAt } = at;
    const opportunity = opportunityOf(read);
    if (opportunity) {
      decisions.see(tx, opportunity, decision.kind !== 'ignore', now);
      invitations.noteAddresses(tx, opportunity, now);
    }
    const last = decisions.findCurrent(read.id);
    const isNew = decisions.record(tx, read.id, opportunity, decision, now);
    holdTags.follow(tx, read.id, decision, now);
    const promised = [
      ...this.#follow(tx, read, decision, at),
      ...promises.recheckManual(tx, read, promisedAt),
    ];
    if (last?.reason === 'brake' && isNew && last.rule_id !== null) {
      brake.releaseIfNoneIsHeld(tx, last.rule_id as RuleId, promisedAt);
    }
    return { isNew, promised };
  }

  #follow(tx: Tx, read: ReadOpportunity, decision: Decision, at: PromiseMoment): InvitationId[] {
    const { invitations, promises, news } = this.deps;
    const opportunity = opportunityOf(read);
    if (decision.kind !== 'invite' || !opportunity) {
      const reason = decision.kind === 'invite' ? 'no_access' : decision.reason;
      invitations.cancelQueued(tx, read.id, reason, null);
      if (decision.kind === 'ignore' && decision.shares !== null) {
        news.share(tx, decision.shares, read.id, at.now);
      }
      return [];
    }
    invitations.cancelQueued(tx, read.id, 'other_challenge', decision.rule.challengeId);
    const id = promises.promise(tx, decision, opportunity, at);
    return id === undefined ? [] : [id];
  }
}
