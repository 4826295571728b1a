/** Who would get which challenge now, and who wouldn't and why: what `preview --json` shows. */
import { nameChallenge } from '../queries/invitations.js';
import { findDecided, type PersonRow } from '../queries/decisions.js';
import { splitName } from '../../domain/opportunity.js';
import { isoTime } from '../../domain/clock.js';
import type { OpportunityId, RuleId } from '../../domain/ids.js';
import { namesOf } from '../../domain/rule.js';
import { HOLD_TOPIC } from '../../bridge/lever-updates.js';
import type { ExistingPeople, PlannedRules } from '../setup/rules/activate-rules.js';
import type { Bridge } from '../../bridge/bridge.js';
import { opportunityUrl } from '../../lever/lever-addresses.js';
import { resume } from '../actions/admin-actions.js';
import { DryRun, type DryRunSource } from './dry-run.js';
import type { Invitee } from '../../domain/invitation.js';
import { describeReason, fixFor } from '../../domain/reasons.js';

/**
 * What follows from a decision. An invite is sent, adopted because it was sent manually in
 * CodeSubmit, waits until the integration is active or the next attempt is due, or stays failed
 * because CodeSubmit rejected it.
 */
export type Outcome = 'send' | 'adopt' | 'wait' | 'refused' | 'hold' | 'ignore';

export type PreviewedPerson = ReturnType<typeof describePerson>;
export type PreviewReport = ReturnType<typeof report>;

interface PreviewQuery {
  /** Rules that aren't stored yet. */
  planned?: PlannedRules;
  /** What storing them means for candidates already in their stages. */
  existing?: ExistingPeople;
  /** As if it were resumed first. */
  isResumed?: boolean;
  /** As if these rules and the vendors' credentials were set up first. */
  isSetUp?: boolean;
  onProgress: (people: number) => void;
}

const OUTCOMES: readonly Outcome[] = ['send', 'adopt', 'wait', 'refused', 'hold', 'ignore'];

/** Writes nothing anywhere. Throws `revoked`, `not_set_up` or `ApiError`. */
export function preview(source: DryRunSource, query: PreviewQuery): Promise<PreviewReport> {
  // First, so a revoked data directory isn't reported as one without a key.
  source.integration.requireInUse();
  return dryRun(source, query, report);
}

/** Runs a whole sweep and the claims on a private copy, and reads the result from it. `added`: the ids of the planned rules. */
async function dryRun<T>(
  source: DryRunSource,
  { planned, existing = 'leave', isResumed, isSetUp, onProgress }: PreviewQuery,
  read: (dryRun: DryRun, added: ReadonlySet<RuleId>) => T,
): Promise<T> {
  const dryRun = await DryRun.open(source, onProgress);
  const { database, rules, integration, clock } = dryRun.bridge;
  try {
    const before = new Set(rules.listActive().map(({ id }) => id));
    if (isSetUp === true) await database.write((tx) => integration.markSetUp(tx, clock.now()));
    await dryRun.start();
    if (isResumed === true) await resume(dryRun.bridge);
    if (planned) await dryRun.addRules(planned, existing);
    await dryRun.sweep();
    await dryRun.claim();
    const ids = rules.listActive().map(({ id }) => id);
    return read(dryRun, new Set(ids.filter((id) => !before.has(id))));
  } finally {
    dryRun.close();
  }
}

function report({ bridge, lever }: DryRun, added: ReadonlySet<RuleId>) {
  const rules = bridge.rules.listActive();
  const stageIds = [...new Set(rules.map((rule): string => rule.stageId))];
  // By stage, in the order of the rules; -1 outside their stages.
  const order = ({ stage }: PreviewedPerson): number => stageIds.indexOf(stage.id);
  const people = [...lever.people.keys()]
    .map((id) => describePerson(bridge, id))
    // A candidate may have left the stage while it was read.
    .filter((person) => order(person) >= 0)
    .toSorted((a, b) => order(a) - order(b));
  return {
    at: new Date(bridge.clock.now()).toISOString(),
    integration: { state: bridge.integration.state() },
    rules: rules.map((rule) => ({ ...namesOf(rule), isNew: added.has(rule.id) })),
    counts: countOutcomes(people),
    people,
  };
}

/** The columns for one person. Without a rule, Lever's name for the stage is unknown. */
function describePerson(bridge: Bridge, id: OpportunityId) {
  const row = findDecided(bridge.database, id, HOLD_TOPIC);
  // Never missing: the sweep has decided everyone it saw.
  if (!row) throw new Error('a dry run decides everyone it sees');
  const rules = bridge.rules.listActive();
  const inStage = rules.find((rule) => rule.stageId === row.stage_id);
  const outcome = outcomeOf(row);
  return {
    opportunityId: id,
    opportunityUrl: opportunityUrl(bridge.currentSettings(), id, row.url),
    candidate: row.name,
    // The name as CodeSubmit gets it, also once a hold ends; null where nothing will be sent.
    sentAs:
      outcome === 'ignore' || outcome === 'adopt' ? null : (splitName(row.name ?? '') ?? null),
    stage: { id: row.stage_id ?? '', name: inStage?.stageName ?? '' },
    decision: row.kind,
    outcome,
    // Null for an invite that is sent.
    reason: outcome === 'refused' ? row.refusal : row.kind === 'invite' ? null : row.reason,
    detail: row.detail,
    challenge: nameChallenge(bridge, row.challenge_id),
    // Only when delayed.
    until: isoTime(row.until),
    // The tag that would show the reason in Lever.
    holdTag: row.hold_tag,
  };
}

/** `state` is the invitation's at the end. A dry run sends nothing: one that it made `invited` was adopted. */
function outcomeOf({ kind, state }: PersonRow): Outcome {
  if (kind !== 'invite') return kind;
  if (state === 'invited') return 'adopt';
  if (state === 'failed') return 'refused';
  return state === 'sending' ? 'send' : 'wait';
}

function countOutcomes(people: readonly PreviewedPerson[]): Record<Outcome, number> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  for (const { outcome } of people) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts as Record<Outcome, number>;
}

/** Who would get a challenge at once if these rules were stored. Writes nothing anywhere. Throws `ApiError`. */
export async function findRecipients(
  source: DryRunSource,
  planned: PlannedRules,
  onProgress: (people: number) => void,
): Promise<Invitee[]> {
  const isAnyoneThere = [...planned.people.inStage.values()].some(({ length }) => length > 0);
  if (!isAnyoneThere) return [];
  return dryRun(
    source,
    { planned, existing: 'invite', isResumed: true, isSetUp: true, onProgress },
    ({ bridge, lever }, added) =>
      [...lever.people.keys()].flatMap((id) => recipientOf(bridge, id, added)),
  );
}

/**
 * The candidate, if one of the added rules sends them a challenge, at once or later. Later ones count too, since the admin
 * isn't asked about them again: they wait for a delay, or for CodeSubmit's list.
 */
function recipientOf(bridge: Bridge, id: OpportunityId, added: ReadonlySet<RuleId>): Invitee[] {
  const row = findDecided(bridge.database, id, HOLD_TOPIC);
  const challenge = nameChallenge(bridge, row?.challenge_id ?? null);
  if (!row || !challenge || row.rule_id === null || !added.has(row.rule_id)) return [];
  const isDelayed = row.reason === 'delayed';
  if (!isDelayed && !['send', 'wait'].includes(outcomeOf(row))) return [];
  const recipient = { opportunityId: id, candidate: row.name, challenge: challenge.name };
  return [isDelayed ? { ...recipient, why: describeReason(row.reason) } : recipient];
}

/** A candidate without decisions here, as Lever shows them now. */
export type UnknownCandidate = Awaited<ReturnType<typeof previewUnknown>>;

/**
 * What would be decided about an unknown candidate, by CodeSubmit's list as it was read last. Writes nothing. Throws
 * `ApiError`, and `vendor` where Lever refuses us.
 */
export async function previewUnknown(source: DryRunSource, id: OpportunityId) {
  const dryRun = await DryRun.open(source, () => undefined);
  try {
    await dryRun.lookAgain(id);
    await dryRun.claim({ isListRead: false });
    const person = describePerson(dryRun.bridge, id);
    const { candidate, decision, outcome, reason, detail, challenge } = person;
    const fix = reason === null ? null : fixFor(reason, detail, id);
    return {
      opportunityId: id,
      // False when Lever has no such opportunity, or doesn't show it to us.
      isSeen: reason !== 'no_access',
      candidate,
      wouldBe: { decision, outcome, reason, detail, challenge },
      fixes: fix === null ? [] : [fix],
    };
  } finally {
    dryRun.close();
  }
}
