/** What only the Lever account in use has: ids, its environment, and the keys and logins found to belong to it. */
import { listIds, type Reader, type Tx } from './database/database.js';

/** A `credential` is a keyed hash. */
type LeverIdKind = 'stage' | 'user' | 'environment' | 'credential';

export function leverIds(db: Reader, kind: LeverIdKind): string[] {
  const sql = 'SELECT id FROM lever_ids WHERE kind = ? ORDER BY id';
  return listIds(db, sql, kind);
}

export function addLeverIds(tx: Tx, kind: LeverIdKind, ids: readonly string[]): void {
  const sql = 'INSERT INTO lever_ids (kind, id) VALUES (?, ?) ON CONFLICT DO NOTHING';
  for (const id of ids) tx.run(sql, kind, id);
}

/** Forgets the account, because another one may follow. */
export function forgetLeverIds(tx: Tx): void {
  tx.run('DELETE FROM lever_ids');
}
