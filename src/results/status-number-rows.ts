/** CodeSubmit's status numbers as they were seen, each with an example; called inside a write. */
import type { Database } from '../database/database.js';
import type { InvitationId } from '../domain/ids.js';
import type { SeenNumber } from './guess-meaning.js';

/** What one reading shows of a number. */
export interface Sight extends SeenNumber {
  exampleId: InvitationId;
}

export interface StatusNumber extends Sight {
  /** Epoch ms. */
  firstSeenAt: number;
  lastSeenAt: number;
}

type StatusNumberRow = Omit<StatusNumber, 'isOfSending' | 'hasCommits'> & {
  isOfSending: number;
  hasCommits: number;
};

export class StatusNumberRows {
  constructor(private readonly database: Database) {}

  /** What was seen once of a number speaks for its meaning ever after. */
  see(sight: Sight, now: number): void {
    this.database
      .prepare<unknown[], unknown>(
        `INSERT INTO status_numbers (number, example_id, is_of_sending, has_commits, follows,
           first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET example_id = excluded.example_id,
           is_of_sending = max(is_of_sending, excluded.is_of_sending),
           has_commits = max(has_commits, excluded.has_commits),
           follows = coalesce(follows, excluded.follows), last_seen_at = excluded.last_seen_at`,
      )
      .run(
        ...[sight.number, sight.exampleId, Number(sight.isOfSending), Number(sight.hasCommits)],
        ...[sight.follows, now, now],
      );
  }

  list(): StatusNumber[] {
    return this.database
      .prepare<[], StatusNumberRow>(
        `SELECT number, example_id AS exampleId, is_of_sending AS isOfSending,
           has_commits AS hasCommits, follows, first_seen_at AS firstSeenAt,
           last_seen_at AS lastSeenAt
         FROM status_numbers ORDER BY number`,
      )
      .all()
      .map((row) => ({
        ...row,
        isOfSending: row.isOfSending === 1,
        hasCommits: row.hasCommits === 1,
      }));
  }
}
