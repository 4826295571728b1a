/** CodeSubmit's status numbers as they were seen, each with an example. */
import type { SentChallenge } from '../domain/vendor-ports.js';
import type { InvitationId } from '../domain/ids.js';
import type { Progress } from '../domain/invitation.js';
import type { Reader, Tx } from './database/database.js';
import type { InvitationRow } from './invitations.js';

interface NumberSeen extends SeenNumber {
  exampleId: InvitationId;
}

interface StatusNumber extends NumberSeen {
  /** Epoch ms. */
  firstSeenAt: number;
  lastSeenAt: number;
}

/** One sighting counts as evidence for a number's meaning forever. */
export function seeNumber(tx: Tx, sight: NumberSeen, now: number): void {
  tx.run(
    `INSERT INTO status_numbers (number, example_id, is_of_sending, has_commits, follows,
       first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET example_id = excluded.example_id,
       is_of_sending = max(is_of_sending, excluded.is_of_sending),
       has_commits = max(has_commits, excluded.has_commits),
       follows = coalesce(follows, excluded.follows), last_seen_at = excluded.last_seen_at`,
    ...[sight.number, sight.exampleId, Number(sight.isOfSending), Number(sight.hasCommits)],
    ...[sight.follows, now, now],
  );
}

type StatusNumberRow = Omit<StatusNumber, 'isOfSending' | 'hasCommits'> & {
  isOfSending: number;
  hasCommits: number;
};

export function listStatusNumbers(db: Reader): StatusNumber[] {
  const rows = db.all<StatusNumberRow>(
    `SELECT number, example_id AS exampleId, is_of_sending AS isOfSending, has_commits AS hasCommits,
       follows, first_seen_at AS firstSeenAt, last_seen_at AS lastSeenAt
     FROM status_numbers ORDER BY number`,
  );
  return rows.map((row) => ({
    ...row,
    isOfSending: row.isOfSending === 1,
    hasCommits: row.hasCommits === 1,
  }));
}

/** Collects the status numbers in one reading of CodeSubmit's list: a few, however many rows. */
export class NumberTally {
  readonly #byNumber = new Map<number, NumberSeen>();

  /** The stored number, and the one in the list. */
  note(
    row: InvitationRow,
    { status: number, commitsCount }: Pick<SentChallenge, 'status' | 'commitsCount'>,
  ): void {
    if (number === null) return;
    const before = row.status_number;
    const exampleId = row.id;
    // What an adopted one had done before is unknown.
    const isOfSending = row.detail === null && row.progress_at === row.invited_at;
    if (before !== null && isOfSending) {
      this.#add({ number: before, exampleId, isOfSending, hasCommits: false, follows: null });
    }
    this.#add({
      ...{ number, exampleId, isOfSending: false },
      hasCommits: (commitsCount ?? 0) > 0,
      follows: before === number ? null : before,
    });
  }

  all(): NumberSeen[] {
    return [...this.#byNumber.values()];
  }

  #add(sight: NumberSeen): void {
    const known = this.#byNumber.get(sight.number);
    this.#byNumber.set(sight.number, {
      ...sight,
      isOfSending: sight.isOfSending || (known?.isOfSending ?? false),
      hasCommits: sight.hasCommits || (known?.hasCommits ?? false),
      follows: known?.follows ?? sight.follows,
    });
  }
}

// What a status number may mean, by how it was seen: a guess until an admin confirms it. Pure.

export interface SeenNumber {
  number: number;
  /** Whether it appeared in CodeSubmit's answer to a send of ours. */
  isOfSending: boolean;
  /** Whether commits appeared beside it. */
  hasCommits: boolean;
  /** The number it was first seen to follow. */
  follows: number | null;
}

/**
 * The number an invitation starts with is `invited`; the first number with commits after that is
 * `started`. Later ones can't be told from outside: null.
 */
export function guessMeaning(one: SeenNumber, all: readonly SeenNumber[]): Progress | null {
  if (one.isOfSending) return 'invited';
  if (!one.hasCommits) return null;
  const before = all.find(({ number }) => number === one.follows);
  return before !== undefined && before.hasCommits && !before.isOfSending ? null : 'started';
}
