/** What would be decided about a read: the facts it rests on, and what follows from them. Nothing here writes. */
import { DAY_MS } from '../domain/clock.js';
import { rulesFor } from '../domain/decide/challenge-tags.js';
import { decide, type PostingNeeded } from '../domain/decide/decide.js';
import { carries, normalTags } from '../domain/decide/match-rule.js';
import type { Situation } from '../domain/decide/situation.js';
import type { Decision, Invite } from '../domain/decision.js';
import { normalizeEmail } from '../domain/email.js';
import type { ContactId, OpportunityId, StageId } from '../domain/ids.js';
import type { Opportunity, Sighting } from '../domain/opportunity.js';
import { ANY_TAG, normalizeTag, type Rule } from '../domain/rule.js';
import type { IntegrationStore } from '../store/integration-store.js';
import { listApprovals, listApprovedRules } from '../store/approvals.js';
import type { RuleStore } from '../store/rule-store.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import type { SentListStore } from '../store/sent-list-store.js';
import type { Promises } from './promise-invitations.js';
import type { SentElsewhere } from './sent-elsewhere.js';
import { findCandidateRow, isForgotten, type Candidate } from '../store/candidates.js';
import type { Database } from '../store/database/database.js';

export interface ReadOpportunity {
  id: OpportunityId;
  sighting: Sighting | { kind: 'deleted' };
  /** When the read began, on the monotonic clock. */
  startedMs: number;
  /** Lever's time of the read, epoch ms: *now* for all that is decided from it. */
  now: number;
  /** Where a delivery said they were moved. */
  announcedStageId?: StageId | null;
  postingTags?: readonly string[] | null;
}

export interface DecisionBasis {
  /** The version of the rules. */
  version: number;
}

export interface SituationDeps {
  integration: IntegrationStore;
  invitations: InvitationQueries;
  database: Database;
  rules: RuleStore;
  sentElsewhere: SentElsewhere;
  list: SentListStore;
}

export class Situations {
  constructor(private readonly deps: SituationDeps) {}

  of(read: ReadOpportunity, active: readonly Rule[]): Situation {
    const { database, integration, invitations, list } = this.deps;
    const known = findCandidateRow(database, read.id);
    const opportunity = opportunityOf(read);
    const rules = rulesFor(opportunity?.tags ?? [], active, () => list.catalog());
    return {
      sighting: read.sighting,
      rules,
      now: read.now,
      isPaused: integration.read().paused_at !== null,
      isForgotten: opportunity !== undefined && isForgotten(known, opportunity),
      wasInRuleStage: wasInRuleStage(known, read, rules),
      own: invitations.ownOf(read.id),
      ofPerson: opportunity ? invitations.promisesToPerson(opportunity) : [],
      similarSent: this.#similarSent(opportunity, rules),
      approvedAtActivation: opportunity ? listApprovedRules(database, opportunity) : new Set(),
      approvals: opportunity ? listApprovals(database, opportunity) : [],
      ...(read.postingTags === undefined ? {} : { postingTags: read.postingTags }),
    };
  }

  /** What makes a decision stale as soon as it changes. */
  basis(): DecisionBasis {
    return { version: this.deps.integration.read().version };
  }

  #similarSent(opportunity: Opportunity | undefined, rules: readonly Rule[]): Set<string> {
    if (!opportunity) return new Set();
    const { stageId, tags } = opportunity;
    const carried = normalTags(tags);
    const similar = rules.filter((rule) => {
      const mayApply = rule.tag === ANY_TAG || carries(carried, rule);
      const wanted = { challengeId: rule.challengeId, reuseMs: rule.reuseDays * DAY_MS };
      return (
        rule.stageId === stageId &&
        mayApply &&
        this.deps.sentElsewhere.isSimilarSent(opportunity, wanted)
      );
    });
    return new Set(similar.map(({ tag }) => normalizeTag(tag)));
  }
}

function wasInRuleStage(
  known: Candidate | undefined,
  { announcedStageId }: ReadOpportunity,
  rules: readonly Rule[],
): boolean {
  if (known?.reason === 'left_stage') return true;
  return rules.some(({ stageId }) => stageId === known?.stage_id || stageId === announcedStageId);
}

export interface ConclusionDeps {
  situations: Situations;
  rules: RuleStore;
  invitations: InvitationQueries;
  promises: Promises;
}

export class Conclusions {
  constructor(private readonly deps: ConclusionDeps) {}

  /** What the last conclusion rested on. */
  basis(): DecisionBasis {
    return this.deps.situations.basis();
  }

  /** The rules are read each time, because the previous decision may have engaged a brake. */
  conclude(read: ReadOpportunity): Decision | PostingNeeded {
    return decide(this.deps.situations.of(read, this.deps.rules.listActive()));
  }

  /**
   * Whether the brake counts it. It counts no approved one, none that is queued and counted
   * already, and no failed one that would not be sent again.
   */
  isCounted(read: ReadOpportunity, invite: Invite): boolean {
    const { invitations, promises } = this.deps;
    const opportunity = opportunityOf(read);
    if (invite.isApproved || !opportunity || promises.isAsRefused(opportunity, invite)) {
      return false;
    }
    const own = invitations.ownOf(read.id);
    return !own.some(
      ({ state, isByHand, challengeId }) =>
        state === 'queued' && !isByHand && challengeId === invite.rule.challengeId,
    );
  }
}

export function opportunityOf(read: ReadOpportunity): Opportunity | undefined {
  return read.sighting.kind === 'opportunity' ? read.sighting.opportunity : undefined;
}

export interface CountedInvite {
  invite: Invite;
  contactId: ContactId | null;
}

/** Two opportunities of one person count as one. */
export function withoutSamePerson(counted: readonly CountedInvite[]): CountedInvite[] {
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
