/**
 * What is known of each vendor: that it rejects our account, when the next call may be made, and CodeSubmit's lists.
 *
 *   accepted ──refuseVendor──▶ refused ──acceptVendor: a login or key that works──▶ accepted
 */
import type { Rejection, Vendor } from '../domain/errors.js';
import type { Reader, Tx } from './database/database.js';

/** Columns of the integration's row that say who rejects us, and so what has to wait. */
export const REFUSALS = `
  lever.refused_at AS lever_refused_at, lever.refusal_kind AS lever_refusal_kind, lever.refusal AS lever_refusal,
  codesubmit.refused_at AS codesubmit_refused_at, codesubmit.refusal_kind AS codesubmit_refusal_kind,
  codesubmit.refusal AS codesubmit_refusal`;

/** Records that a vendor rejects our account. Returns whether that is new. */
export function refuseVendor(tx: Tx, vendor: Vendor, now: number, why: Rejection): boolean {
  const { changes } = tx.run(
    `UPDATE vendors SET refused_at = ?, refusal_kind = ?, refusal = ? WHERE vendor = ? AND refused_at IS NULL`,
    now,
    why.kind,
    why.why,
    vendor,
  );
  return changes > 0;
}

/** Records that a vendor accepts our account. Returns whether it had rejected us. */
export function acceptVendor(tx: Tx, vendor: Vendor): boolean {
  const { changes } = tx.run(
    'UPDATE vendors SET refused_at = NULL WHERE vendor = ? AND refused_at IS NOT NULL',
    vendor,
  );
  return changes > 0;
}

/**
 * When the next call may be made, on the monotonic clock, for all processes of the data directory; undefined before the
 * first call.
 */
export function nextCallAt(db: Reader, vendor: Vendor): number | undefined {
  const sql = 'SELECT next_call_at AS at FROM vendors WHERE vendor = ?';
  return db.get<{ at: number | null }>(sql, vendor)?.at ?? undefined;
}

export function setNextCall(tx: Tx, vendor: Vendor, at: number): void {
  tx.run('UPDATE vendors SET next_call_at = ? WHERE vendor = ?', at, vendor);
}

/** What is stored of CodeSubmit's lists, as JSON: its challenges, or what is known about the readings of sent ones. */
type ListColumn = 'challenges' | 'sent_list';

/** The JSON; the schema makes the row, and gives both columns a value. */
export function readList(db: Reader, column: ListColumn): string {
  const sql = `SELECT ${column} AS json FROM vendors WHERE vendor = 'codesubmit'`;
  return db.get<{ json: string }>(sql)?.json ?? '';
}

export function storeList(tx: Tx, column: ListColumn, json: string): void {
  tx.run(`UPDATE vendors SET ${column} = ? WHERE vendor = 'codesubmit'`, json);
}
