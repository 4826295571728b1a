/** Names for ids, as far as they are known here. */
import type { Database } from '../../storage/database/database.js';

/** Undefined for a stage that no rule ever had. */
export function findStageName(database: Database, stageId: string): string | undefined {
  const row = database
    .prepare<[string], { name: string }>(
      'SELECT stage_name AS name FROM rules WHERE stage_id = ? ORDER BY id DESC LIMIT 1',
    )
    .get(stageId);
  return row?.name;
}

export function findCandidateName(database: Database, opportunityId: string): string | undefined {
  const row = database
    .prepare<[string], { name: string | null }>('SELECT name FROM opportunities WHERE id = ?')
    .get(opportunityId);
  return row?.name ?? undefined;
}

/** Whose invitation it is, and to which challenge. */
export function findInvitationNames(
  database: Database,
  id: number,
): { candidate: string | null; challenge: string } | undefined {
  return database
    .prepare<[number], { candidate: string | null; challenge: string }>(
      `SELECT o.name AS candidate, i.challenge_name AS challenge FROM invitations AS i
       LEFT JOIN opportunities AS o ON o.id = i.opportunity_id WHERE i.id = ?`,
    )
    .get(id);
}
