/** `forget`: erases what is kept here of one person, in all their opportunities, and says what stays elsewhere. */
import { isServing } from '../../storage/home/is-serving.js';
import { copiesOf } from '../../storage/database/migrate.js';
import { AppError } from '../../domain/errors.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Busy, Erasure } from '../../pipeline/erasure/erase-person.js';
import { findPeople, manyMeant, nobodyKnown, type PeopleSources } from '../find-people.js';
import type { Clock } from '../../domain/clock.js';
import type { Database } from '../../storage/database/database.js';
import type { Home } from '../../storage/home/home.js';
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';

export interface ForgetPlan {
  /** All opportunities known here of that one person. */
  opportunityIds: OpportunityId[];
  name: string | null;
  /** Challenges that CodeSubmit has of them. */
  challenges: string[];
}

/** Throws `not_found` when nothing is kept of them, `usage` when several persons are meant. */
export function planForget(
  sources: PeopleSources & { decisions: DecisionStore; invitations: InvitationStore },
  who: string,
): ForgetPlan {
  const people = findPeople(sources, who);
  const [first] = people;
  if (!first) throw nobodyKnown(who);
  const opportunityIds = sources.decisions.listOfSamePerson(first.id);
  if (people.some(({ id }) => !opportunityIds.includes(id))) throw manyMeant(who, people);
  const sent = opportunityIds
    .flatMap((id) => sources.invitations.listOf(id))
    .filter(({ invited_at: invitedAt }) => invitedAt !== null);
  return {
    opportunityIds,
    name: first.name,
    challenges: [...new Set(sent.map((row) => row.challenge_name))],
  };
}

/**
 * Once it has resolved, nothing of them is left in any file of the home but copies, and nothing more goes to them in
 * their present visits. Throws `conflict` while something of theirs is under way.
 */
export async function forget(
  {
    database,
    erasure,
    home,
    clock,
  }: { database: Database; erasure: Erasure; home: Home; clock: Clock },
  { opportunityIds }: ForgetPlan,
): Promise<void> {
  const isDaemonRunning = isServing(home);
  await database.write((tx) => {
    const now = clock.now();
    for (const id of opportunityIds) {
      const busy = erasure.findBusy(id);
      if (busy && (isDaemonRunning || busy.kind === 'invitation'))
        throw isBusy(busy, isDaemonRunning);
      erasure.forget(tx, id, now);
    }
  });
  database.scrub();
}

/** Copies of the database from before upgrades: they hold what it held then. */
export function listCopies({ home }: { home: Home }): string[] {
  return copiesOf(home.databaseFile);
}

function isBusy(busy: Busy, isDaemonRunning: boolean): AppError {
  if (busy.kind === 'invitation') {
    const { id, state } = busy.invitation;
    if (state === 'uncertain') return isUncertain(String(id));
    if (!isDaemonRunning) return wasCutOff(String(id));
  }
  const what = busy.kind === 'invitation' ? 'challenge is being sent' : 'link is being written';
  return new AppError(
    'conflict',
    `A ${what} to them this very moment; nothing was erased.`,
    'Run the same command again in a minute.',
  );
}

function isUncertain(id: string): AppError {
  return new AppError(
    'conflict',
    `Nobody knows yet whether invitation ${id} was sent; without the address it could not be looked up.`,
    `Wait for the look-up, or see whether CodeSubmit has it and run: codesubmit-lever settle ${id} --sent or --not-sent`,
  );
}

function wasCutOff(id: string): AppError {
  return new AppError(
    'conflict',
    `The daemon stopped while it sent invitation ${id}. It needs the address to look it up, so nothing was erased.`,
    'Run: codesubmit-lever serve. Once it has looked the challenge up, run the same command again.',
  );
}
