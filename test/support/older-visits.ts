/** A database as left by the version before visits, which knew a visit by `lastAdvancedAt`. */
import BetterSqlite3 from 'better-sqlite3';
import { Database, Tx } from '../../src/storage/database/database.js';
import type { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import { KEY } from '../rigs/store.js';
import { fillOlder, versionBefore } from './older-schema.js';

/** Writes the rows of `present` to `file`, each visit by what Lever shows now. */
export function writeOlder(file: string, present: string, lever: LeverWorld): void {
  const older = new Database(file);
  const read = new BetterSqlite3(present);
  fillOlder(older, read, versionBefore('visits'), KEY);
  read.close();
  backdate(older, lever);
  noteWhoWasThere(older);
  older.close();
}

function backdate(older: Database, lever: LeverWorld): void {
  for (const { id, lastAdvancedAt, stageChanges } of lever.opportunities.all.values()) {
    const visitAt = stageChanges.at(-1)?.updatedAt;
    for (const table of ['opportunities', 'decisions', 'invitations', 'approvals']) {
      const key = table === 'opportunities' ? 'id' : 'opportunity_id';
      const sql = `UPDATE ${table} SET visit_at = ? WHERE ${key} = ? AND visit_at = ?`;
      older.connection.prepare(sql).run(lastAdvancedAt, id, visitAt);
    }
    // Two challenges of one stay: if archived in between, they belonged to two visits.
    Tx.run((tx) =>
      older
        .prepareWrite<unknown[]>(
          `UPDATE invitations SET visit_at = ? WHERE opportunity_id = ? AND visit_at < ?
         AND (SELECT count(*) FROM invitations AS i WHERE i.opportunity_id = ?) > 1`,
        )
        .run(tx, visitAt, id, visitAt, id),
    );
    Tx.run((tx) =>
      older.prepareWrite('UPDATE opportunities SET moved_at = visit_at WHERE id = ?').run(tx, id),
    );
  }
}

/** A baseline for the rule of `codesubmit:left`, approvals for that of `codesubmit:wanted`. */
function noteWhoWasThere(older: Database): void {
  const there = `FROM rules AS r JOIN opportunities AS o ON o.stage_id = r.stage_id
    WHERE o.visit_at <= r.created_at AND r.tag =`;
  older.connection.exec(
    `INSERT INTO baselines SELECT r.id, o.id, o.visit_at ${there} 'codesubmit:left';
     INSERT INTO approvals SELECT o.id, r.challenge_id, r.stage_id, o.visit_at, 'existing', r.created_at
       ${there} 'codesubmit:wanted'`,
  );
}
