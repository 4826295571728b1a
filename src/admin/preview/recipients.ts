/** Who would get a challenge at once if rules were stored with `--existing invite`: for the question before. */
import type { Recipient } from '../../domain/invitation.js';
import type { OpportunityId, RuleId } from '../../domain/ids.js';
import { describeReason } from '../../domain/reasons.js';
import type { Bridge } from '../../bridge/bridge.js';
import { HOLD_TOPIC } from '../../bridge/lever-updates.js';
import type { PlannedRules } from '../setup/rules/activate-rules.js';
import { nameChallenge } from '../queries/challenges.js';
import { findDecided } from '../queries/decisions.js';
import { DryRun, type Copied } from './dry-run.js';
import { outcomeOf } from './preview.js';

/** Writes nothing anywhere. Throws `ApiError`. */
export async function findRecipients(
  copied: Copied,
  planned: PlannedRules,
  onProgress: (people: number) => void,
): Promise<Recipient[]> {
  const dryRun = await DryRun.open(copied, onProgress);
  try {
    const added = await dryRun.activate(planned);
    await dryRun.start();
    await dryRun.sweep();
    await dryRun.claim();
    return [...dryRun.lever.people.keys()].flatMap((id) => recipientOf(dryRun.bridge, id, added));
  } finally {
    dryRun.close();
  }
}

/** Also who waits for a delay, or until CodeSubmit's list can be read: nobody is asked about them later. */
function recipientOf(bridge: Bridge, id: OpportunityId, added: ReadonlySet<RuleId>): Recipient[] {
  const row = findDecided(bridge.database, id, HOLD_TOPIC);
  const challenge = nameChallenge(bridge, row?.challenge_id ?? null);
  if (!row || !challenge || row.rule_id === null || !added.has(row.rule_id)) return [];
  const isDelayed = row.reason === 'delayed';
  if (!isDelayed && !['send', 'wait'].includes(outcomeOf(row))) return [];
  const recipient = { opportunityId: id, candidate: row.name, challenge: challenge.name };
  return [isDelayed ? { ...recipient, why: describeReason(row.reason) } : recipient];
}
