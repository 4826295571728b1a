/** The lines of an invitation's timeline: what each attempt came to, and what an admin decided. */
import type { OpportunityId } from '../domain/ids.js';
import type { Tx } from './database/database.js';

/** What was attempted: the sending, its progress, or an update of Lever. */
export type AttemptEffect = 'send' | 'progress' | 'link' | 'note' | 'tag';

/** What it came to; `detail` is shown in the timeline and holds no personal data. */
export interface AttemptRecord {
  outcome: string;
  detail: string | null;
}

export function recordAttempt(
  tx: Tx,
  invitationId: number,
  { outcome, detail }: AttemptRecord,
  now: number,
  effect: AttemptEffect = 'send',
): void {
  const sql =
    'INSERT INTO attempts (invitation_id, effect, at, outcome, detail) VALUES (?, ?, ?, ?, ?)';
  tx.run(sql, invitationId, effect, now, outcome, detail);
}

/** Forgets what CodeSubmit said of a candidate. */
export function eraseAttempts(tx: Tx, opportunityId: OpportunityId): void {
  tx.run(
    `UPDATE attempts SET detail = NULL WHERE outcome IN ('refused', 'person_refused', 'unknown_challenge')
     AND invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = ?)`,
    opportunityId,
  );
}
