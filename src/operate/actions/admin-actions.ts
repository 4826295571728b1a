/** The hand on the wheel: what an admin's commands write, each in one transaction; a running daemon acts on it. */
import { APPROVABLE_REASONS, type ApprovableReason } from '../../domain/decision.js';
import { AppError } from '../../domain/errors.js';
import type { ChallengeId, InvitationId, OpportunityId, StageId } from '../../domain/ids.js';
import { REASONS, settleEither } from '../../domain/reasons.js';
import type { HeldOpportunity } from '../../pipeline/decide/decision-store.js';
import type { InvitationRow } from '../../pipeline/invitations/invitation-store.js';
import type { AppContext } from '../../app/app-context.js';
import type { Tx } from '../../storage/database/database.js';

/** Once it has resolved no challenge can go out. Again is nothing. */
export function pause(app: AppContext): Promise<void> {
  return app.database.write((tx) => {
    app.integration.requireInUse();
    app.integration.pause(tx, app.runtime.clock.now());
  });
}

export function resume(app: AppContext): Promise<void> {
  return app.database.write((tx) => {
    app.integration.requireInUse();
    app.integration.resume(tx);
    app.integration.noteAbleSince(tx, null);
    // What waited through the pause begins to wait now.
    app.list.set(tx, { wantedAt: null });
  });
}

/** An approvable hold, with the name of whom it holds. */
export type NamedHold = HeldOpportunity & { name: string | null };

/** The holds that `approve` may let go: of these opportunities, or all that the brake holds. */
export function findApprovable(
  app: AppContext,
  who: readonly OpportunityId[] | 'all',
): NamedHold[] {
  const reasons = APPROVABLE_REASONS.filter(
    (reason) => who !== 'all' || REASONS[reason].canApprove === 'with_all',
  );
  const holds = app.decisions
    .listHeld(reasons)
    .filter((held) => who === 'all' || who.includes(held.opportunityId));
  const nameOf = app.database.prepare<[string], { name: string | null }>(
    'SELECT name FROM opportunities WHERE id = ?',
  );
  return holds.map((held) => ({ ...held, name: nameOf.get(held.opportunityId)?.name ?? null }));
}

/** Lets holds go: each is decided again, with the approval of this very visit and challenge. */
export function approve(app: AppContext, holds: readonly HeldOpportunity[]): Promise<void> {
  return app.database.write((tx) => {
    app.integration.requireInUse();
    const now = app.runtime.clock.now();
    for (const held of holds) {
      app.rules.approve(tx, held, held.reason as ApprovableReason, now);
      app.inbox.hint(tx, { opportunityId: held.opportunityId }, now);
    }
  });
}

export interface Settlement {
  isSent: boolean;
  link: string | null;
}

/** The invitation of which nobody knows whether it was sent. Throws `not_found` or `conflict`. */
export function getUncertain(app: AppContext, id: InvitationId): InvitationRow {
  app.integration.requireInUse();
  const row = app.invitations.get(id);
  if (!row) throw noSuchInvitation(id);
  if (row.state === 'uncertain') return row;
  throw new AppError(
    'conflict',
    `Invitation ${String(id)} is ${row.state}, not uncertain: there is nothing to settle.`,
    'Run: codesubmit-lever status',
  );
}

/** A person's word on an uncertain invitation. Throws `not_found` or `conflict`. */
export function settle(app: AppContext, id: InvitationId, settlement: Settlement): Promise<void> {
  return app.database.write((tx) => {
    const row = getUncertain(app, id);
    const now = app.runtime.clock.now();
    if (settlement.isSent) app.sendQueue.settleSentByHand(tx, row, settlement.link, now);
    else {
      app.sendQueue.settleNotSentByHand(tx, row, now);
      releaseSentElsewhere(tx, app, row, now);
    }
  });
}

/** A person has looked: what CodeSubmit's list or Lever still shows of it is not the candidate's challenge. */
function releaseSentElsewhere(tx: Tx, app: AppContext, row: InvitationRow, now: number): void {
  const visit = {
    opportunityId: row.opportunity_id as OpportunityId,
    challengeId: row.challenge_id as ChallengeId,
    stageId: row.visit_stage_id as StageId,
    visitAt: row.visit_at,
  };
  for (const reason of ['similar_address', 'link_present'] as const) {
    app.rules.approve(tx, visit, reason, now);
  }
}

function noSuchInvitation(id: InvitationId): AppError {
  return new AppError(
    'not_found',
    `There is no invitation ${String(id)}.`,
    'Run: codesubmit-lever status',
  );
}

export function listFailed(app: AppContext): InvitationId[] {
  return app.database
    .prepare<[], { id: InvitationId }>(`SELECT id FROM invitations WHERE state = 'failed'`)
    .all()
    .map(({ id }) => id);
}

/**
 * Failed ones are queued for a fresh decision, or cancelled where another was promised in their place; links owed to
 * Lever are due at once. An uncertain one is never touched. Returns what was taken up. Throws `not_found` or `conflict`,
 * and then changes nothing.
 */
export function retry(app: AppContext, ids: readonly InvitationId[]): Promise<InvitationId[]> {
  return app.database.write((tx) => {
    app.integration.requireInUse();
    const now = app.runtime.clock.now();
    return ids.filter((id) => retryOne(tx, app, id, now));
  });
}

function retryOne(tx: Tx, app: AppContext, id: InvitationId, now: number): boolean {
  const row = app.invitations.get(id);
  if (!row) throw noSuchInvitation(id);
  switch (row.state) {
    case 'failed':
      return app.sendQueue.queueFailedAgain(tx, row, now);
    case 'queued':
    case 'invited':
      app.invitations.makeDue(tx, id, now);
      app.writebacks.retry(tx, id, now);
      return true;
    case 'linked':
      return app.writebacks.retry(tx, id, now);
    case 'uncertain':
      throw new AppError(
        'conflict',
        `Nobody knows whether invitation ${String(id)} was sent; sending it again could invite twice.`,
        settleEither(id),
      );
    case 'sending':
    case 'cancelled':
      return false;
  }
}
