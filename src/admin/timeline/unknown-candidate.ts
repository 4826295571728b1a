/** What would be decided about a candidate without decisions here. */
import { DAY_MS } from '../../domain/clock.js';
import type { Decision, Invite } from '../../domain/decision.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { LeverReader } from '../../domain/vendor-ports.js';
import type { Opportunity } from '../../domain/opportunity.js';
import { namesOf } from '../../domain/rule.js';
import { fixFor } from '../../domain/reasons.js';
import { foresee } from '../../bridge/decide.js';
import { timeOfSighting } from '../../bridge/look.js';
import { isListUsable, isManuallySent } from '../../bridge/sent-elsewhere.js';
import { mayAskLever, stateOf } from '../../store/integration-store.js';
import type { App } from '../app.js';
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

/**
 * Reads an unknown candidate from Lever and says what would be decided, by CodeSubmit's list as it was read last. Writes
 * nothing. Throws `ApiError`, and `vendor` where Lever refuses us.
 */
export async function previewUnknown(bridge: App, id: OpportunityId): Promise<UnknownCandidate> {
  if (!mayAskLever(bridge.configuration.row())) throw leverRefuses(bridge.configuration);
  const { opportunity, decision } = await readAndDecide(bridge, id);
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
          ? outcomeOf(bridge, opportunity, decision)
          : (decision.kind as 'hold' | 'ignore'),
      reason,
      detail,
      challenge: rule && rule.namesNone === undefined ? namesOf(rule).challenge : null,
    },
    fixes: [reason === null ? null : fixFor(reason, detail, id)].filter((fix) => fix !== null),
  };
}

const NO_REASON = { reason: null, detail: null };

async function readAndDecide(
  bridge: App,
  id: OpportunityId,
): Promise<{ opportunity: Opportunity | undefined; decision: Decision }> {
  const lever: LeverReader = bridge.vendors.lever();
  const sighting = await lever.readOpportunity(id);
  const now = timeOfSighting(sighting, bridge.clock);
  const read = { id, sighting, startedMs: bridge.clock.monotonicMs(), now };
  const opportunity = sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
  const decision = foresee(bridge, read);
  if (decision.kind !== 'posting_needed') return { opportunity, decision };
  const postingTags = await lever.readPostingTags(id);
  const informed = foresee(bridge, { ...read, postingTags });
  if (informed.kind === 'posting_needed') throw new Error('the posting was read');
  return { opportunity, decision: informed };
}

/** Of an invite: what a claim would do with it. */
function outcomeOf(
  bridge: App,
  opportunity: Opportunity,
  { rule: { challengeId, reuseDays } }: Invite,
): 'send' | 'adopt' | 'wait' {
  const isActive = stateOf(bridge.configuration.row()) === 'active';
  if (!isActive || isListUsable(bridge) === false) return 'wait';
  const order = { challengeId, reuseMs: reuseDays * DAY_MS };
  return isManuallySent(bridge, opportunity, order) ? 'adopt' : 'send';
}
