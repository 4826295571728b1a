/** The tag that shows in Lever how far an opportunity's challenge is; called inside a write, and again is nothing. */
import type { Settings } from '../config/settings.js';
import type { Database } from '../database/database.js';
import type { ChallengeId, InvitationId, OpportunityId, RuleId } from '../domain/ids.js';
import { progressTag, progressWord } from '../domain/progress-tag.js';
import type { RuleRows } from '../integration/rule-rows.js';
import type { WritebackRows } from '../writebacks/writeback-rows.js';
import type { InvitationRow } from './invitation-rows.js';

export interface ProgressTagsParts {
  database: Database;
  rules: RuleRows;
  writebacks: WritebackRows;
  settings: () => Settings;
}

const TOPIC = 'progress';

export class ProgressTags {
  readonly #latest;

  constructor(private readonly parts: ProgressTagsParts) {
    this.#latest = parts.database.prepare<[{ id: string }], InvitationRow>(
      `SELECT * FROM invitations WHERE (opportunity_id = :id
         OR id IN (SELECT invitation_id FROM sharings WHERE opportunity_id = :id)) AND state IN ('invited', 'linked')
       ORDER BY invited_at DESC, id DESC LIMIT 1`,
    );
  }

  /** One of our tags at a time: that of the challenge which was sent last. */
  show(opportunityId: OpportunityId, now: number): void {
    const { writebacks, settings } = this.parts;
    if (!settings().progressTags) return;
    const row = this.#latest.get({ id: opportunityId });
    if (!row) return;
    const about = { invitationId: row.id as InvitationId, opportunityId, topic: TOPIC };
    writebacks.wantTag(about, this.#tagOf(row), now);
  }

  /** The setting is off: what stands in Lever of it would go stale. */
  takeAllAway(now: number): void {
    this.parts.writebacks.wantNoTag(TOPIC, now);
  }

  #tagOf(row: InvitationRow): string | null {
    const isOverdue = row.overdue_at !== null && row.overdue_at >= (row.progress_at ?? 0);
    const word = progressWord(row.progress, isOverdue);
    return word && progressTag(this.#baseOf(row), word);
  }

  #baseOf({ rule_id: ruleId, challenge_id, challenge_name }: InvitationRow): string {
    const { rules } = this.parts;
    const tag = rules.findTagFor(challenge_id as ChallengeId, ruleId as RuleId | null);
    return tag ?? challenge_name;
  }
}
