/** Which stages could not be listed, since when and why. */
import type { StageId } from '../../domain/ids.js';
import type { Database, Tx } from '../../storage/database/database.js';

export interface FailingStage {
  stageId: StageId;
  stageName: string;
  /** Epoch ms. */
  since: number;
  /** In a row. */
  failures: number;
  error: string;
}

export class FailingStageStore {
  constructor(private readonly database: Database) {}

  noteFailure(tx: Tx, stageId: StageId, error: string, now: number): void {
    this.database
      .prepareWrite<[string, number, string]>(
        `INSERT INTO failing_stages (stage_id, since, failures, last_error) VALUES (?, ?, 1, ?)
         ON CONFLICT (stage_id) DO UPDATE SET failures = failures + 1, last_error = excluded.last_error`,
      )
      .run(tx, stageId, now, error);
  }

  noteSwept(tx: Tx, stageId: StageId): void {
    this.database.prepareWrite('DELETE FROM failing_stages WHERE stage_id = ?').run(tx, stageId);
  }

  /** Those of the stages that have rules. */
  listFailing(): FailingStage[] {
    return this.database
      .prepare<[], FailingStage>(
        `SELECT f.stage_id AS stageId, min(r.stage_name) AS stageName, f.since, f.failures,
           f.last_error AS error
         FROM failing_stages AS f JOIN rules AS r ON r.stage_id = f.stage_id AND r.removed_at IS NULL
         GROUP BY f.stage_id`,
      )
      .all();
  }
}
