/** What a note of ours is about, and the mark by which it is recognised before it is written once more. */
import type { Sealer } from '../config/sealer.js';
import type { OpportunityId } from '../domain/ids.js';
import type { InvitationRow } from './invitation-rows.js';

/** Names challenge and repetition, not our row, so that a home restored from a backup knows its own notes again. */
export function noteTopic(what: string, row: InvitationRow): string {
  return `${what} ${row.opportunity_id} ${row.challenge_id} ${String(row.repetition)}`;
}

export function markNote(
  sealer: Sealer,
  { opportunityId, topic }: { opportunityId: OpportunityId; topic: string },
): string {
  return `[codesubmit-lever ${sealer.markOf(`${opportunityId} ${topic}`)}]`;
}
