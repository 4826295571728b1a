/** What was promised to whom. */
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import type { Reader, Tx } from '../../storage/database/database.js';
import type { InvitationRow } from './invitation-row.js';

/** Its link is in Lever, on the opportunity that was invited. */
export function markLinked(
  tx: Tx,
  id: InvitationId,
  opportunityId: OpportunityId,
  now: number,
): void {
  tx.run(
    // eslint-disable-next-line layers/table-owner -- the rest of the table follows here
    `UPDATE invitations SET state = 'linked', linked_at = ?
     WHERE id = ? AND opportunity_id = ? AND state = 'invited'`,
    now,
    id,
    opportunityId,
  );
}

/** Throws without one. */
export function getInvitation(db: Reader, id: number): InvitationRow {
  const row = db.get<InvitationRow>('SELECT * FROM invitations WHERE id = ?', id);
  if (!row) throw new Error(`there is no invitation ${id}`);
  return row;
}

// Opportunities of one person, who got the challenge once.

/** Returns whether that is new. */
export function addSharer(
  tx: Tx,
  opportunityId: OpportunityId,
  invitationId: InvitationId,
): boolean {
  const sql = 'INSERT OR IGNORE INTO sharings (opportunity_id, invitation_id) VALUES (?, ?)';
  return tx.run(sql, opportunityId, invitationId).changes === 1;
}

export function endSharing(tx: Tx, opportunityId: OpportunityId): void {
  tx.run('DELETE FROM sharings WHERE opportunity_id = ?', opportunityId);
}

export function listSharers(db: Reader, invitationId: InvitationId): OpportunityId[] {
  const sql = 'SELECT opportunity_id AS id FROM sharings WHERE invitation_id = ?';
  return db.all<{ id: OpportunityId }>(sql, invitationId).map(({ id }) => id);
}
