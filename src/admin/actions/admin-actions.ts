/**
 * Manual controls: what commands write, each in one transaction. A running daemon acts on it. `send` has its own file.
 */
import { nameChallenge } from '../queries/invitations.js';
import {
  APPROVABLE_REASONS,
  type ApprovableReason,
  type HoldReason,
  REASONS,
  howToSettle,
} from '../../domain/reasons.js';
import { AppError, ApiError } from '../../domain/errors.js';
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import { hint, listHeld, type HeldOpportunity, dropLooksAndHolds } from '../../store/candidates.js';
import type { Bridge } from '../../bridge/bridge.js';
import { findInvitation, listInvitationsOf } from '../../store/invitation-queries.js';
import {
  visitOf,
  type InvitationRow,
  cancel,
  reschedule,
  forgetIntent,
  queueForDecision,
  isOnItsWayBeside,
  cancelForRevoke,
} from '../../store/invitations.js';
import { approve as storeApproval } from '../../store/rule-store.js';
import {
  clearTags,
  hasUndoneWriteback,
  HOLD_TOPIC,
  retryWritebacks,
} from '../../store/writebacks.js';
import type { Reader, Tx } from '../../store/database/database.js';
import { recordInvited } from '../../bridge/settle.js';
import { recordAttempt } from '../../store/events.js';
import { toStorageError } from '../../store/database/storage-error.js';
import type { App } from '../app.js';
import { eraseCopies } from '../../store/database/migrate.js';
import { clearFacts } from '../../store/facts.js';
import { isPausedByAdmin } from '../../store/integration-store.js';
import { eraseLogins } from '../../store/logins.js';
import { isServing } from '../../store/database/file-lock.js';
import { forgetPerson } from '../../bridge/erase.js';
import { findBusy, listOfSamePerson } from '../../store/erasure.js';
import { timeOfRead } from '../../domain/clock.js';
import { findPeople, manyMeant, nobodyKnown } from '../queries/people.js';

/** Once it has resolved, no sending begins; one that has begun goes on. A second pause keeps the first one's time. */
export function pause({ database, integration, clock }: Bridge): Promise<void> {
  return database.write((tx) => {
    integration.requireInUse();
    integration.pause(tx, clock.now());
  });
}

/**
 * Ends a pause, whether an admin paused or a restored copy started paused. `isEarlierPauseKept`: ends only the pause
 * of the restored copy. A host without a disk restores a copy at each start, and an admin's pause must outlast that.
 */
export function resume(bridge: Bridge, { isEarlierPauseKept = false } = {}): Promise<void> {
  const { database, integration, list } = bridge;
  return database.write((tx) => {
    integration.requireInUse();
    const row = integration.read();
    // CodeSubmit's list is read again before anything is sent: the restored copy of it is out of date.
    if (row.restored_at !== null) list.clear(tx);
    if (isEarlierPauseKept && isPausedByAdmin(row)) {
      integration.record(tx, 'restored_forgotten');
      return;
    }
    integration.resume(tx);
    // Without a pause there is no time to leave out.
    if (row.paused_at === null) return;
    // Time in the pause must not make work count as late, or the list as unreadable for long: both count from now on.
    integration.record(tx, 'able', null);
    list.set(tx, { trouble: null });
  });
}

/** Makes a running daemon check the stages at once: it does so whenever the configuration's version increases. */
export function requestStageCheck({ database, integration }: Bridge): Promise<void> {
  return database.write((tx) => {
    integration.requireInUse();
    integration.bumpVersion(tx);
  });
}

/** A hold with the name of the challenge. */
type NamedHold = HeldOpportunity & { challenge: string };

/** The holds that `approve` may release: of these opportunities, or all those that need no look at each candidate. */
export function findApprovable(bridge: Bridge, who: readonly OpportunityId[] | 'all'): NamedHold[] {
  const reasons = APPROVABLE_REASONS.filter(
    (reason) => who !== 'all' || REASONS[reason].canApprove === 'with_all',
  );
  return listNamedHolds(bridge, reasons).filter(
    (held) => who === 'all' || who.includes(held.opportunityId),
  );
}

/** Candidates on hold for one of these reasons, each with the challenge's name. */
export function listNamedHolds(bridge: Bridge, reasons: readonly HoldReason[]): NamedHold[] {
  return listHeld(bridge.database, reasons).map((held) => ({
    ...held,
    challenge: nameChallenge(bridge, held.challengeId).name,
  }));
}

/**
 * Makes each opportunity due for a new decision, with an approval for this visit and challenge. `holds`: only such as
 * `findApprovable` lists, so each reason is one that can be approved.
 */
export function approve(bridge: Bridge, holds: readonly HeldOpportunity[]): Promise<void> {
  const { database, integration, clock } = bridge;
  return database.write((tx) => {
    integration.requireInUse();
    const now = clock.now();
    for (const held of holds) {
      const { opportunityId: id, stageId, visitAt, challengeId, reason } = held;
      storeApproval(tx, { id, stageId, visitAt }, reason as ApprovableReason, challengeId);
      hint(tx, id, now);
    }
  });
}

/**
 * The invitation, whose outcome is uncertain. Throws `not_found`, `conflict` for one in another state, or as
 * `requireInUse`.
 */
export function getUncertain({ database, integration }: Bridge, id: InvitationId): InvitationRow {
  integration.requireInUse();
  const row = requireInvitation(database, id);
  if (row.state === 'uncertain') return row;
  throw new AppError(
    'conflict',
    `Invitation ${id} is ${row.state}, not uncertain, so there is nothing to settle.`,
    'Run: codesubmit-lever status',
  );
}

/**
 * Records an admin's word on whether an uncertain invitation was sent. `link`: the challenge's, if they gave it. One
 * that wasn't sent is queued for a new decision. Throws as `getUncertain`.
 */
export function settle(
  bridge: Bridge,
  id: InvitationId,
  settlement: { isSent: boolean; link: string | null },
): Promise<void> {
  return bridge.database.write((tx) => {
    const row = getUncertain(bridge, id);
    const now = bridge.clock.now();
    if (settlement.isSent) {
      // CodeSubmit's id and status number are unknown: the admin only gives the link.
      const sent = { id: null, link: settlement.link, status: null };
      recordInvited({ ...bridge, tx }, row, sent);
    } else {
      queueForDecision(tx, id, now);
      // The admin says that it had no effect, so no row can be from it.
      forgetIntent(tx, id);
      // An admin has checked: what CodeSubmit's list shows isn't the candidate's challenge.
      storeApproval(tx, visitOf(row), 'similar_address', row.challenge_id);
    }
    const outcome = settlement.isSent ? 'settled_sent' : 'settled_not_sent';
    recordAttempt(tx, id, { outcome, detail: null }, now);
  });
}

function requireInvitation(db: Reader, id: InvitationId): InvitationRow {
  const row = findInvitation(db, id);
  if (row) return row;
  throw new AppError('not_found', `There is no invitation ${id}.`, 'Run: codesubmit-lever status');
}

/**
 * Whether `retry` has something to do for this invitation: it failed or waits to be sent, or an update to Lever is
 * undone. Throws `not_found`, `conflict` for an uncertain one, or as `requireInUse`.
 */
export function canRetry({ database, integration }: Bridge, id: InvitationId): boolean {
  integration.requireInUse();
  const { state } = requireInvitation(database, id);
  if (state === 'uncertain') {
    throw new AppError(
      'conflict',
      `It’s not known whether invitation ${id} was sent. Sending it again could invite the candidate twice.`,
      howToSettle(id),
    );
  }
  if (state === 'invited' || state === 'linked') return hasUndoneWriteback(database, id);
  // One that is being sent is on its way. A cancelled one waits for a decision that says invite.
  return state === 'failed' || state === 'queued';
}

/**
 * Queues failed invitations for a new decision, or cancels those replaced by another promise. Queued ones, and updates
 * to Lever that wait or were given up, become due at once. Returns the ids of the invitations for which something is
 * retried. Throws as `canRetry` does, and then changes nothing.
 */
export function retry(bridge: Bridge, ids: readonly InvitationId[]): Promise<InvitationId[]> {
  return bridge.database.write((tx) => {
    const now = bridge.clock.now();
    return ids.filter((id) => canRetry(bridge, id) && retryOne(tx, id, now));
  });
}

/** Retries one invitation as `retry` says. Returns whether it is retried: false for a failed one that was replaced. */
function retryOne(tx: Tx, id: InvitationId, now: number): boolean {
  const row = requireInvitation(tx, id);
  if (row.state === 'failed') {
    // Sent with `--again`, and the same challenge is on its way to the person by now.
    if (row.repetition > 0 && isOnItsWayBeside(tx, row)) return false;
    return queueFailedAgain(tx, row, now);
  }
  // Without a due time it still awaits a decision.
  if (row.state === 'queued' && row.due_at !== null) reschedule(tx, id, now);
  retryWritebacks(tx, id, now);
  return true;
}

/**
 * Queues a failed invitation again, for a new decision. False if the visit or person was promised a challenge another
 * way: then it is cancelled. The database's constraints say what can't be promised twice. Either way the candidate is
 * looked at again.
 */
function queueFailedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
  let isQueued = true;
  try {
    queueForDecision(tx, row.id, now);
  } catch (error) {
    if (toStorageError(error).code !== 'conflict') throw error;
    isQueued = false;
    cancel(tx, row.id, 'failed', 'already_invited');
  }
  // A read that is under way may be older than what the admin corrected: one that begins after it decides, too.
  hint(tx, row.opportunity_id, now);
  recordAttempt(tx, row.id, { outcome: 'retried', detail: null }, now);
  return isQueued;
}

/**
 * Disconnects. Once it has resolved, no sending begins, no delivery is accepted, and no file of the data directory
 * contains a secret. The history stays. Calls no vendor.
 */
export async function revoke(app: App): Promise<void> {
  const { database } = app;
  await database.write((tx) => {
    const now = app.clock.now();
    app.integration.revoke(tx, now);
    // What opens Lever and CodeSubmit to us.
    app.secrets.eraseAll(tx);
    eraseLogins(tx);
    // What waits for a daemon.
    cancelForRevoke(tx);
    dropLooksAndHolds(tx);
    clearTags(tx, HOLD_TOPIC, now);
    app.list.clear(tx);
    clearFacts(tx);
  });
  database.truncateWal();
  eraseCopies(app.home.databaseFile);
}

export type ForgetPlan = ReturnType<typeof planForget>;

/**
 * Whom `forget` would erase: all known opportunities of the one person whom `who` matches, with the challenges that
 * they were sent. Throws `not_found` when nothing is kept about them, `usage` when several people match.
 */
export function planForget(bridge: Bridge, who: string) {
  const people = findPeople(bridge, who);
  const [first] = people;
  if (!first) throw nobodyKnown(who);
  const opportunityIds = listOfSamePerson(bridge.database, first.id);
  // Several opportunities may match, if they are all of one person.
  if (people.some(({ id }) => !opportunityIds.includes(id))) throw manyMeant(who, people);
  const sent = opportunityIds
    .flatMap((id) => listInvitationsOf(bridge.database, id))
    .filter(({ invited_at: invitedAt }) => invitedAt !== null);
  return {
    // All of that person that are known here.
    opportunityIds,
    name: first.name,
    // The names of those that went out: they remain in CodeSubmit.
    challenges: [...new Set(sent.map((row) => row.challenge_name))],
  };
}

/**
 * Erases one person. Once it has resolved, no file of the data directory but backups contains anything about them, and
 * the visits that Lever shows now get nothing more. Throws `conflict` while a challenge or link is on its way to them.
 */
export async function forget(app: App, { opportunityIds }: ForgetPlan): Promise<void> {
  const { database, clock } = app;
  const until = await readForgetUntil(app, opportunityIds);
  await database.write((tx) => {
    const now = clock.now();
    // Asked only now: reading Lever takes time in which one may start.
    const isDaemonRunning = isServing(app.home);
    for (const id of opportunityIds) {
      requireIdle(tx, id, isDaemonRunning);
      // Null: Lever didn't show them now, so the next read of them says which visit gets nothing more.
      forgetPerson(tx, id, now, until.get(id) ?? null);
    }
  });
  database.scrub();
}

/** The admin doesn't wait longer for Lever: without its answer the daemon's next read shows the visit to forget. */
const READ_TIMEOUT_MS = 5_000;

/**
 * For each opportunity that Lever shows now: visits that began until this time, by Lever's clock, get nothing more.
 * That is the time of the read, but never before the visit that it shows. Lacks those whom Lever doesn't show.
 */
async function readForgetUntil({ vendors, clock }: App, ids: readonly OpportunityId[]) {
  const until = new Map<OpportunityId, number>();
  try {
    const lever = vendors.with({ timeoutMs: READ_TIMEOUT_MS }).lever();
    for (const id of ids) {
      const sighting = await lever.readOpportunity(id);
      if (sighting.kind !== 'opportunity') continue;
      const { visitAt } = sighting.opportunity;
      until.set(id, Math.max(visitAt, timeOfRead(sighting.leverNow, clock.now(), visitAt)));
    }
  } catch (error) {
    // Lever can't be asked, such as after `revoke`: what is erased here doesn't depend on it.
    if (!(error instanceof ApiError || error instanceof AppError)) throw error;
  }
  return until;
}

/** Throws `conflict` while something of theirs is in progress, because that needs the address or the link. */
function requireIdle(db: Reader, id: OpportunityId, isDaemonRunning: boolean): void {
  const busy = findBusy(db, id);
  // Without a daemon no link is being written, whatever its row says.
  if (busy === undefined || (busy === 'writeback' && !isDaemonRunning)) return;
  // What a stopped daemon was sending has an unknown outcome too, which is looked up by the address.
  if (busy !== 'writeback' && (busy.state === 'uncertain' || !isDaemonRunning)) {
    throw new AppError(
      'conflict',
      `It’s not known yet whether invitation ${busy.id} was sent. Without the address it couldn’t be looked up, so nothing was erased.`,
      `Once \`codesubmit-lever serve\` has looked it up, or you have run: codesubmit-lever settle ${busy.id}, run this again.`,
    );
  }
  const what = busy === 'writeback' ? 'link is being written' : 'challenge is being sent';
  throw new AppError(
    'conflict',
    `A ${what} to them right now, so nothing was erased.`,
    'Run the same command again in a minute.',
  );
}
