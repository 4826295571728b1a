/** What would be decided about a candidate without decisions here. */
import { DAY_MS, type Clock } from '../../domain/clock.js';
import type { Decision, Invite } from '../../domain/decision.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { LeverReader } from '../../domain/lever-ports.js';
import type { Opportunity } from '../../domain/opportunity.js';
import { namesOf } from '../../domain/rule.js';
import { fixFor } from '../../domain/reasons.js';
import type { Decider } from '../../bridge/decider.js';
import { timeOfSighting } from '../../bridge/lever-time.js';
import type { SentElsewhere } from '../../bridge/sent-elsewhere.js';
import type { LiveConfiguration } from '../../store/settings/configuration.js';
import { mayAskLever, stateOf } from '../../store/integration-store.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import type { PreviewedPerson } from '../preview/preview.js';
import { leverRefuses } from '../facts/reconnect.js';

/** As Lever shows them now. */
export interface UnknownCandidate {
  opportunityId: string;
  /** False when Lever has no such opportunity, or doesn't show it to us. */
  isSeen: boolean;
  candidate: string | null;
  /** What would be decided now, and why. */
  wouldBe: Pick<PreviewedPerson, 'decision' | 'outcome' | 'reason' | 'detail' | 'challenge'>;
  fixes: string[];
}

export interface UnknownDeps {
  vendors: Vendors;
  configuration: LiveConfiguration;
  clock: Clock;
  decider: Decider;
  sentElsewhere: SentElsewhere;
}

/**
 * Reads an unknown candidate from Lever and says what would be decided, by CodeSubmit's list as it was read last. Writes
 * nothing. Throws `ApiError`, and `vendor` where Lever refuses us.
 */
export async function previewUnknown(
  deps: UnknownDeps,
  id: OpportunityId,
): Promise<UnknownCandidate> {
  if (!mayAskLever(deps.configuration.row())) throw leverRefuses(deps.configuration);
  const { opportunity, decision } = await readAndDecide(deps, id);
  const { reason, detail } = decision.kind === 'invite' ? NO_REASON : decision;
  const rule = decision.kind === 'ignore' ? null : decision.rule;
  return {
    opportunityId: id,
    isSeen: reason !== 'no_access',
    candidate: opportunity?.name ?? null,
    wouldBe: {
      decision: decision.kind,
      outcome:
        decision.kind === 'invite' && opportunity
          ? outcomeOf(deps, opportunity, decision)
          : (decision.kind as 'hold' | 'ignore'),
      ...{ reason, detail },
      challenge: rule && rule.namesNone === undefined ? namesOf(rule).challenge : null,
    },
    fixes: [reason === null ? null : fixFor(reason, detail, id)].filter((fix) => fix !== null),
  };
}

const NO_REASON = { reason: null, detail: null };

async function readAndDecide(
  deps: UnknownDeps,
  id: OpportunityId,
): Promise<{ opportunity: Opportunity | undefined; decision: Decision }> {
  const lever: LeverReader = deps.vendors.lever();
  const sighting = await lever.readOpportunity(id);
  const now = timeOfSighting(sighting, deps.clock);
  const read = { id, sighting, startedMs: deps.clock.monotonicMs(), now };
  const opportunity = sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
  const decision = deps.decider.foresee(read);
  if (decision.kind !== 'posting_needed') return { opportunity, decision };
  const postingTags = await lever.readPostingTags(id);
  const informed = deps.decider.foresee({ ...read, postingTags });
  if (informed.kind === 'posting_needed') throw new Error('the posting was read');
  return { opportunity, decision: informed };
}

/** Of an invite: what a claim would do with it. */
function outcomeOf(
  { configuration, sentElsewhere }: UnknownDeps,
  opportunity: Opportunity,
  { rule: { challengeId, reuseDays } }: Invite,
): 'send' | 'adopt' | 'wait' {
  const isActive = stateOf(configuration.row()) === 'active';
  if (!isActive || sentElsewhere.isListUsable() === false) return 'wait';
  const order = { challengeId, reuseMs: reuseDays * DAY_MS };
  return sentElsewhere.isManuallySent(opportunity, order) ? 'adopt' : 'send';
}
