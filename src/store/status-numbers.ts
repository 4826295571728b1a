/** CodeSubmit's status numbers of our invitations, as its list last showed them, and what each may mean. */
import type { InvitationId } from '../domain/ids.js';
import type { Progress } from '../domain/invitation.js';
import type { Reader } from './database/database.js';

export interface StatusNumber {
  number: number;
  /** The newest invitation with this number, and when its progress was last new, epoch ms. */
  exampleId: InvitationId;
  lastSeenAt: number;
  /** Whether an invitation had this number when we sent it, and has it still. */
  isOfSending: 0 | 1;
  /** Whether commits appear beside this number. */
  hasCommits: 0 | 1;
}

/** Steps from one number to the next in their index, however many invitations have them. */
const NUMBERS = `WITH RECURSIVE numbers (number) AS (
  SELECT min(status_number) FROM invitations WHERE status_number IS NOT NULL
  UNION ALL
  SELECT (SELECT min(status_number) FROM invitations WHERE status_number > number) FROM numbers
  WHERE number IS NOT NULL)`;

/** The numbers in use. What an adopted invitation had done before is unknown. */
export function listStatusNumbers(db: Reader): StatusNumber[] {
  return db.all<StatusNumber>(
    `${NUMBERS} SELECT number, example.id AS exampleId,
       coalesce(example.progress_at, example.invited_at) AS lastSeenAt,
       EXISTS (SELECT 1 FROM invitations WHERE status_number = number
         AND detail IS NULL AND progress_at = invited_at) AS isOfSending,
       EXISTS (SELECT 1 FROM invitations JOIN sent_challenges USING (vendor_id)
         WHERE invitations.status_number = number AND commits_count > 0) AS hasCommits
     FROM numbers JOIN invitations AS example
       ON example.id = (SELECT max(id) FROM invitations WHERE status_number = number)
     ORDER BY number`,
  );
}

/**
 * A guess until an admin confirms it: the number that an invitation starts with is `invited`, and the only other one
 * with commits is `started`. Null if there are several: which came first can't be told.
 */
export function guessMeaning(one: StatusNumber, all: readonly StatusNumber[]): Progress | null {
  if (one.isOfSending === 1) return 'invited';
  const others = all.filter(({ isOfSending, hasCommits }) => isOfSending === 0 && hasCommits === 1);
  return others.length === 1 && others[0]?.number === one.number ? 'started' : null;
}
