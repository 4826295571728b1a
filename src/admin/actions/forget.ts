/** `forget`: erases what is kept about one person, and lists what remains elsewhere. */
import { listInvitationsOf } from '../../store/invitation-queries.js';
import { listOfSamePerson } from '../../store/candidates.js';
import { isServing } from '../../store/database/file-lock.js';
import { ApiError, AppError } from '../../domain/errors.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Bridge } from '../../bridge/bridge.js';
import { findBusy, forgetPerson, type Busy } from '../../bridge/erase.js';
import { timeOfRead } from '../../domain/clock.js';
import type { App } from '../app.js';
import { findPeople, manyMeant, nobodyKnown } from '../queries/people.js';

export type ForgetPlan = ReturnType<typeof planForget>;

/** Throws `not_found` when nothing is kept about them, `usage` when several people match. */
export function planForget(bridge: Bridge, who: string) {
  const people = findPeople(bridge, who);
  const [first] = people;
  if (!first) throw nobodyKnown(who);
  const opportunityIds = listOfSamePerson(bridge.database, first.id);
  if (people.some(({ id }) => !opportunityIds.includes(id))) throw manyMeant(who, people);
  const sent = opportunityIds
    .flatMap((id) => listInvitationsOf(bridge.database, id))
    .filter(({ invited_at: invitedAt }) => invitedAt !== null);
  return {
    // All of that person that are known here.
    opportunityIds,
    name: first.name,
    // Those that remain in CodeSubmit.
    challenges: [...new Set(sent.map((row) => row.challenge_name))],
  };
}

/**
 * Once it has resolved, no file of the data directory but backups contains anything about them, and
 * the visits that Lever shows now get nothing more. Throws `conflict` while something of theirs is
 * being sent.
 */
export async function forget(app: App, { opportunityIds }: ForgetPlan): Promise<void> {
  const { database, clock } = app;
  const isDaemonRunning = isServing(app.home);
  const until = await readForgetUntil(app, opportunityIds);
  await database.write((tx) => {
    const now = clock.now();
    for (const id of opportunityIds) {
      const busy = findBusy(tx, id);
      // Without a daemon no link is being written. An invitation's outcome stays unknown all the same.
      if (busy && (isDaemonRunning || busy.kind === 'invitation'))
        throw stillInProgress(busy, isDaemonRunning);
      forgetPerson(tx, id, now, until.get(id) ?? null);
    }
  });
  database.scrub();
}

/** The admin doesn't wait longer for Lever: without its answer the daemon's next read shows the visit to forget. */
const READ_TIMEOUT_MS = 5_000;

/** Up to when a visit must have begun to get nothing any more, in Lever's time. Lacks those whom Lever doesn't show now. */
async function readForgetUntil(
  { vendors, clock }: App,
  ids: readonly OpportunityId[],
): Promise<Map<OpportunityId, number>> {
  const until = new Map<OpportunityId, number>();
  try {
    const lever = vendors
      .with({ readTimeoutMs: READ_TIMEOUT_MS, connectTimeoutMs: READ_TIMEOUT_MS })
      .lever();
    for (const id of ids) {
      const sighting = await lever.readOpportunity(id);
      if (sighting.kind !== 'opportunity') continue;
      const { visitAt } = sighting.opportunity;
      until.set(id, Math.max(visitAt, timeOfRead(sighting.leverNow, clock.now(), visitAt)));
    }
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof AppError)) throw error;
  }
  return until;
}

/**
 * An invitation with an unknown outcome has to be looked up first, which needs the address; so has one that a stopped
 * daemon was sending. What a stopped daemon was writing to Lever never comes here.
 */
function stillInProgress(busy: Busy, isDaemonRunning: boolean): AppError {
  if (busy.kind === 'invitation' && (busy.invitation.state === 'uncertain' || !isDaemonRunning)) {
    const { id } = busy.invitation;
    return new AppError(
      'conflict',
      `It’s not known yet whether invitation ${id} was sent. Without the address it couldn’t be looked up, so nothing was erased.`,
      `Once \`codesubmit-lever serve\` has looked it up, or you have run: codesubmit-lever settle ${id}, run this again.`,
    );
  }
  const what = busy.kind === 'invitation' ? 'challenge is being sent' : 'link is being written';
  return new AppError(
    'conflict',
    `A ${what} to them right now, so nothing was erased.`,
    'Run the same command again in a minute.',
  );
}
