// Fills a data directory that was set up with a long history: candidates who were sent a challenge a month ago.
// Every twentieth has been on hold since.
//
//   node bench/fill.js DATA_DIRECTORY/codesubmit-lever.db COUNT
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';

const DAY_MS = 86_400_000;

/** Names of two invented words, a few hundred candidates to a word. */
const NAME = `'Fic' || printf('%04x', i % 4099) || ' Imagi' || printf('%04x', (i * 7919) % 4093)`;

export function fill(connection, count) {
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  const at = `(${Date.now() - 30 * DAY_MS} + i)`;
  connection.exec(`
    BEGIN;
    ${numbers} INSERT INTO candidates (id, name, stage_id, visit_at, moved_at, kind, reason, decided_at, seen_at)
      SELECT 'person-' || i, ${NAME}, 'stage', ${at}, ${at},
        iif(i % 20, 'ignore', 'hold'), iif(i % 20, 'already_invited', 'near_tag'), ${at}, ${at} FROM n;
    ${numbers} INSERT INTO deliveries (identity, event, opportunity_id, triggered_at, received_at, outcome)
      SELECT randomblob(32), 'candidateStageChange', 'person-' || i, ${at}, ${at}, 'look' FROM n;
    INSERT INTO events (opportunity_id, at, kind, outcome, seen_at)
      SELECT id, decided_at, kind, reason, seen_at FROM candidates;
    ${numbers} INSERT INTO invitations (opportunity_id, challenge_id, challenge_name, visit_stage_id, visit_at,
        email_hash, state, promised_at, due_at, created_at, went_at, invited_at, vendor_id)
      SELECT 'person-' || i, 'challenge', 'Backend', 'stage', ${at}, randomblob(32), 'linked',
        ${at}, ${at}, ${at}, ${at}, ${at}, i
      FROM n;
    INSERT INTO writebacks (invitation_id, opportunity_id, kind, topic, state, due_at, created_at, done_at)
      SELECT id, opportunity_id, 'link', id, 'done', created_at, created_at, created_at FROM invitations;
    COMMIT;`);
}

if (import.meta.url === pathToFileURL(argv[1]).href) {
  const connection = new BetterSqlite3(argv[2]);
  fill(connection, Number(argv[3]));
  connection.close();
}
