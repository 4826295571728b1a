/** Manual controls: what commands write, each in one transaction. A running daemon acts on it. */
import { listInState } from '../queries/invitations.js';
import { findCandidate } from '../queries/people.js';
import {
  APPROVABLE_REASONS,
  type ApprovableReason,
  type HoldReason,
} from '../../domain/decision.js';
import { AppError } from '../../domain/errors.js';
import type {
  ChallengeId,
  ContactId,
  InvitationId,
  OpportunityId,
  StageId,
} from '../../domain/ids.js';
import type { Recipient } from '../../domain/invitation.js';
import { REASONS, settleEither } from '../../domain/reasons.js';
import type { DecisionStore, HeldOpportunity } from '../../pipeline/decide/decision-store.js';
import type { InvitationRow } from '../../pipeline/store/invitation-row.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';
import type { Clock } from '../../domain/clock.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { InboxStore } from '../../pipeline/inbox/inbox-store.js';
import type { InvitationSteps } from '../../pipeline/invitations/invitation-steps.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import { retryWritebacks } from '../../pipeline/store/writebacks.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import { findOnItsWay } from './send.js';

/** Once it has resolved, no challenge can be sent. Pausing twice does nothing. */
export function pause({
  database,
  integration,
  clock,
}: {
  database: Database;
  integration: IntegrationStore;
  clock: Clock;
}): Promise<void> {
  return database.write((tx) => {
    integration.requireInUse();
    integration.pause(tx, clock.now());
  });
}

interface Paused {
  database: Database;
  integration: IntegrationStore;
  list: SentListStore;
}

export function resume(paused: Paused): Promise<void> {
  return paused.database.write((tx) => {
    paused.integration.requireInUse();
    endPause(tx, paused);
  });
}

/** Like `resume`, of a restored copy: a pause that the copy held itself stays. */
export function resumeCopy(paused: Paused): Promise<void> {
  const { database, integration, list } = paused;
  return database.write((tx) => {
    integration.requireInUse();
    const { paused_at: pausedAt, restored_at: restoredAt } = integration.read();
    if (pausedAt === restoredAt) endPause(tx, paused);
    else {
      list.clear(tx);
      integration.forgetRestored(tx);
    }
  });
}

function endPause(tx: Tx, { integration, list }: Paused): void {
  const { paused_at: pausedAt, restored_at: restoredAt } = integration.read();
  if (restoredAt !== null) list.clear(tx);
  integration.resume(tx);
  if (pausedAt === null) return;
  integration.note(tx, { able_since: null });
  // Rows that waited through the pause start waiting now.
  list.set(tx, { trouble: null });
}

/** The daemon checks the stages at once when its configuration changes. */
export function checkStages({
  database,
  integration,
}: Pick<Paused, 'database' | 'integration'>): Promise<void> {
  return database.write((tx) => {
    integration.requireInUse();
    integration.bumpVersion(tx);
  });
}

/** A hold with the names of the candidate and the challenge. */
export type NamedHold = HeldOpportunity & { candidate: string | null; challenge: string };

interface HoldSources {
  database: Database;
  decisions: DecisionStore;
  rules: RuleStore;
}

/** The holds that `approve` may release: of these opportunities, or all that the brake holds. */
export function findApprovable(
  sources: HoldSources,
  who: readonly OpportunityId[] | 'all',
): NamedHold[] {
  const reasons = APPROVABLE_REASONS.filter(
    (reason) => who !== 'all' || REASONS[reason].canApprove === 'with_all',
  );
  return listHeld(sources, reasons).filter(
    (held) => who === 'all' || who.includes(held.opportunityId),
  );
}

function listHeld(
  { database, decisions, rules }: HoldSources,
  reasons: readonly HoldReason[],
): NamedHold[] {
  const names = new Map(rules.listActive().map((rule) => [rule.id, rule.challengeName]));
  return decisions.listHeld(reasons).map((held) => ({
    ...held,
    candidate: findCandidate(database, held.opportunityId)?.name ?? null,
    challenge: names.get(held.ruleId) ?? held.challengeId,
  }));
}

/** Who waits only for `resume`: queued, or on hold because it is paused. */
export function listPaused(sources: HoldSources & { integration: IntegrationStore }): Recipient[] {
  sources.integration.requireInUse();
  if (sources.integration.read().paused_at === null) return [];
  const queued = listInState(sources.database, 'queued');
  return [...queued, ...listHeld(sources, ['paused'])];
}

/** Each opportunity is decided again, with an approval for this visit and challenge. */
export function approve(
  {
    database,
    integration,
    rules,
    inbox,
    clock,
  }: {
    database: Database;
    integration: IntegrationStore;
    rules: RuleStore;
    inbox: InboxStore;
    clock: Clock;
  },
  holds: readonly HeldOpportunity[],
): Promise<void> {
  return database.write((tx) => {
    integration.requireInUse();
    const now = clock.now();
    for (const held of holds) {
      rules.approve(tx, held, held.reason as ApprovableReason, now);
      inbox.hint(tx, { opportunityId: held.opportunityId }, now);
    }
  });
}

export interface SettleDeps {
  database: Database;
  integration: IntegrationStore;
  invitations: InvitationStore;
  steps: InvitationSteps;
  rules: RuleStore;
  clock: Clock;
}

export interface Settlement {
  isSent: boolean;
  link: string | null;
}

/** An invitation whose outcome is uncertain. Throws `not_found` or `conflict`. */
export function getUncertain(
  { integration, invitations }: { integration: IntegrationStore; invitations: InvitationStore },
  id: InvitationId,
): InvitationRow {
  integration.requireInUse();
  const row = invitations.get(id);
  if (!row) throw noSuchInvitation(id);
  if (row.state === 'uncertain') return row;
  throw new AppError(
    'conflict',
    `Invitation ${id} is ${row.state}, not uncertain, so there is nothing to settle.`,
    'Run: codesubmit-lever status',
  );
}

/** Records what an admin says about an uncertain invitation. Throws `not_found` or `conflict`. */
export function settle(deps: SettleDeps, id: InvitationId, settlement: Settlement): Promise<void> {
  return deps.database.write((tx) => {
    const row = getUncertain(deps, id);
    const now = deps.clock.now();
    if (settlement.isSent) deps.steps.settleSentByHand(tx, row, settlement.link, now);
    else {
      deps.steps.settleNotSentByHand(tx, row, now);
      releaseSimilar(tx, deps.rules, row, now);
    }
  });
}

/** An admin has checked: what CodeSubmit's list shows isn't the candidate's challenge. */
function releaseSimilar(tx: Tx, rules: RuleStore, row: InvitationRow, now: number): void {
  const visit = {
    opportunityId: row.opportunity_id as OpportunityId,
    challengeId: row.challenge_id as ChallengeId,
    stageId: row.visit_stage_id as StageId,
    visitAt: row.visit_at,
  };
  rules.approve(tx, visit, 'similar_address', now);
}

function noSuchInvitation(id: InvitationId): AppError {
  return new AppError('not_found', `There is no invitation ${id}.`, 'Run: codesubmit-lever status');
}

export interface RetryDeps {
  database: Database;
  integration: IntegrationStore;
  invitations: InvitationStore;
  steps: InvitationSteps;
  sealer: Sealer;
  clock: Clock;
}

/**
 * Queues failed invitations for a new decision, or cancels those replaced by another promise.
 * Failed links become due at once. Never touches an uncertain invitation. Returns what it took up.
 * Throws `not_found` or `conflict`, and then changes nothing.
 */
export function retry(deps: RetryDeps, ids: readonly InvitationId[]): Promise<InvitationId[]> {
  return deps.database.write((tx) => {
    deps.integration.requireInUse();
    const now = deps.clock.now();
    return ids.filter((id) => retryOne(tx, deps, id, now));
  });
}

/** Whether it was sent with `--again`, and the same challenge is on its way to the person by now. */
function isRepeatedBeside(invitations: InvitationStore, row: InvitationRow): boolean {
  if (row.repetition === 0) return false;
  const email = invitations.emailOf(row);
  const person = {
    id: row.opportunity_id as OpportunityId,
    contactId: row.contact_id as ContactId | null,
    emails: email === null ? [] : [email],
    links: [],
  };
  return findOnItsWay(invitations, person, row.challenge_id) !== undefined;
}

function retryOne(tx: Tx, deps: RetryDeps, id: InvitationId, now: number): boolean {
  const row = deps.invitations.get(id);
  if (!row) throw noSuchInvitation(id);
  const retryUpdates = (): boolean => {
    const { isAny, isLinkLost } = retryWritebacks(tx, deps.sealer, id, now);
    if (isLinkLost) {
      // CodeSubmit's list is asked for the link again.
      deps.invitations.update(tx, id, { sealed_link: null });
      deps.integration.bumpVersion(tx);
    }
    return isAny;
  };
  switch (row.state) {
    case 'failed':
      if (isRepeatedBeside(deps.invitations, row)) return false;
      return deps.steps.queueFailedAgain(tx, row, now);
    case 'queued':
    case 'invited':
      deps.invitations.update(tx, id, { next_attempt_at: now }, 'queued');
      retryUpdates();
      return true;
    case 'linked':
      return retryUpdates();
    case 'uncertain':
      throw new AppError(
        'conflict',
        `It’s not known whether invitation ${id} was sent. Sending it again could invite the candidate twice.`,
        settleEither(id),
      );
    case 'sending':
    case 'cancelled':
      return false;
  }
}
