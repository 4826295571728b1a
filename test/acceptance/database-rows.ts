// Counts the rows of every table in a data directory's database.
import Database from 'better-sqlite3';
import type { Bridge } from './driver.js';

/** Repeated forged deliveries raise an alarm: one row, however many they are. */
const ALARMS = 'alarms';

/** Row counts by file and table, without lock files. */
export function rowCounts(bridge: Bridge): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const path of bridge.files()) {
    if (path.endsWith('.lock') || !isDatabase(bridge.read(path))) continue;
    const database = new Database(path, { readonly: true });
    try {
      const tables = database
        .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all();
      for (const { name } of tables) {
        if (name === ALARMS) continue;
        const sql = `SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`;
        counts[`${path} ${name}`] = database.prepare<[], { rows: number }>(sql).get()?.rows ?? 0;
      }
    } finally {
      database.close();
    }
  }
  return counts;
}

function isDatabase(content: Buffer): boolean {
  return content.subarray(0, 15).toString('latin1') === 'SQLite format 3';
}
