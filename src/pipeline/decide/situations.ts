/** What a decision rests on: the read, and what is stored of the candidate, in one place. */
import { DAY_MS, type Clock } from '../../domain/clock.js';
import type { Situation } from '../../domain/decide/situation.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Opportunity, Sighting } from '../../domain/opportunity.js';
import type { Rule } from '../../domain/rule.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { InvitationStore } from '../invitations/invitation-store.js';
import type { SentElsewhere } from '../invitations/sent-elsewhere.js';
import type { DecisionStore } from './decision-store.js';

export interface ReadOpportunity {
  id: OpportunityId;
  sighting: Sighting | { kind: 'deleted' };
  /** When the read began, on the monotonic clock. */
  startedMs: number;
  wasInRuleStage: boolean;
  /** A record from a list; reading it alone may show more. */
  isListed?: boolean;
  postingTags?: readonly string[] | null;
}

export interface SituationDeps {
  integration: IntegrationStore;
  invitations: InvitationStore;
  decisions: DecisionStore;
  rules: RuleStore;
  sentElsewhere: SentElsewhere;
  clock: Clock;
}

export class Situations {
  constructor(private readonly deps: SituationDeps) {}

  of(read: ReadOpportunity, rules: readonly Rule[], now: number): Situation {
    const { integration, invitations, decisions, rules: stored } = this.deps;
    const opportunity = opportunityOf(read);
    const visitAt = opportunity?.visitAt ?? 0;
    return {
      sighting: read.sighting,
      rules,
      now,
      isPaused: integration.read().paused_at !== null,
      isForgotten: opportunity !== undefined && decisions.isForgotten(opportunity),
      wasInRuleStage: read.wasInRuleStage || this.#wasKnownInRuleStage(read.id, rules),
      own: invitations.ownOf(read.id),
      ofPerson: opportunity ? invitations.promisesToPerson(opportunity) : [],
      ...this.#foundElsewhere(opportunity, rules),
      baselineOf: stored.baselineOf(read.id, visitAt),
      approvedAtActivation: stored.approvedAtActivation(read.id, visitAt),
      approvals: stored.approvalsOf(read.id, opportunity?.stageId ?? null, visitAt),
      ...(read.postingTags === undefined ? {} : { postingTags: read.postingTags }),
    };
  }

  /** On our own clock: the list's dates are compared with CodeSubmit's. */
  #foundElsewhere(
    opportunity: Opportunity | undefined,
    rules: readonly Rule[],
  ): Pick<Situation, 'similarSent' | 'hasForeignLink'> {
    const { sentElsewhere, clock } = this.deps;
    if (!opportunity) return { similarSent: new Set(), hasForeignLink: false };
    const now = clock.now();
    const similar = rules.filter(({ stageId, challengeId, reuseDays }) => {
      const order = { challengeId, reuseMs: reuseDays * DAY_MS };
      return (
        stageId === opportunity.stageId && sentElsewhere.isSimilarSent(opportunity, order, now)
      );
    });
    return {
      similarSent: new Set(similar.map(({ id }) => id)),
      hasForeignLink: sentElsewhere.hasForeignLink(opportunity, now),
    };
  }

  #wasKnownInRuleStage(id: OpportunityId, rules: readonly Rule[]): boolean {
    const last = this.deps.decisions.findCurrent(id);
    if (last?.reason === 'left_stage') return true;
    return rules.some((rule) => rule.stageId === last?.stage_id);
  }
}

export function opportunityOf(read: ReadOpportunity): Opportunity | undefined {
  return read.sighting.kind === 'opportunity' ? read.sighting.opportunity : undefined;
}
