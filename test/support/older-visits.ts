/** A database as left by the version before visits, which knew a visit by `lastAdvancedAt`. */
import { Database } from '../../src/storage/database/database.js';
import { migrate } from '../../src/storage/database/migrate.js';
import { MIGRATIONS } from '../../src/storage/database/migrations.js';
import type { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import { KEY } from '../rigs/store.js';
import { unbindSealed } from './sealed-before.js';
import { Tx } from '../../src/storage/database/database.js';

/** Writes the rows of `present` to `file`, each visit by what Lever shows now. */
export function writeOlder(file: string, present: string, lever: LeverWorld): void {
  const older = new Database(file);
  migrate(
    older,
    file,
    MIGRATIONS.slice(
      0,
      MIGRATIONS.findIndex(({ name }) => name === 'visits'),
    ),
  );
  older.connection.prepare('ATTACH ? AS present').run(present);
  for (const table of tablesOf(older)) copy(older, table);
  unbindSealed(older, KEY);
  backdate(older, lever);
  noteWhoWasThere(older);
  older.close();
}

function tablesOf(database: Database): string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'`;
  return database.connection.prepare<[], string>(sql).pluck().all();
}

function copy(older: Database, table: string): void {
  const names = older.connection
    .prepare<[], string>(`SELECT name FROM pragma_table_xinfo('${table}') WHERE hidden = 0`)
    .pluck()
    .all();
  const columns = names.join(', ');
  // A column that was renamed since.
  const present = names.map((name) => (name === 'mend' ? 'fix' : name)).join(', ');
  older.connection.exec(
    `DELETE FROM ${table}; INSERT INTO ${table} (${columns}) SELECT ${present} FROM present.${table}`,
  );
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
