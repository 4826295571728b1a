/** The lines of an invitation's timeline: what each attempt came to, and what an admin decided. */
import type { OpportunityId } from '../domain/ids.js';
import type { Database, Tx } from '../storage/database/database.js';

/** What was attempted: the sending, its progress, or an update of Lever. */
export type AttemptEffect = 'send' | 'progress' | 'link' | 'note' | 'tag';

/** What it came to; `detail` is shown in the timeline and holds no personal data. */
export interface AttemptRecord {
  outcome: string;
  detail: string | null;
}

export class AttemptLog {
  readonly #record;

  constructor(private readonly database: Database) {
    this.#record = database.prepareWrite<unknown[]>(
      'INSERT INTO attempts (invitation_id, effect, at, outcome, detail) VALUES (?, ?, ?, ?, ?)',
    );
  }

  record(
    tx: Tx,
    invitationId: number,
    { outcome, detail }: AttemptRecord,
    now: number,
    effect: AttemptEffect = 'send',
  ): void {
    this.#record.run(tx, invitationId, effect, now, outcome, detail);
  }

  /** Forgets what CodeSubmit said of a candidate. */
  erase(tx: Tx, opportunityId: OpportunityId): void {
    this.database
      .prepareWrite(
        `UPDATE attempts SET detail = NULL WHERE outcome IN ('refused', 'person_refused', 'unknown_challenge')
         AND invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = ?)`,
      )
      .run(tx, opportunityId);
  }
}
