/** Failed checks that the daemon found, kept until a later check passes. */
import type { Database, Tx } from '../database/database.js';
import type { Vendor } from '../../domain/errors.js';
import type { ProblemCode } from '../../domain/problem.js';

export interface KeptFinding {
  checkId: string;
  /** The code of the problem that `status` shows. */
  code: ProblemCode;
  vendor: Vendor | null;
  summary: string;
  fix: string;
}

export class FindingStore {
  readonly #list;

  constructor(private readonly database: Database) {
    this.#list = database.prepare<[], KeptFinding & { since: number }>(
      'SELECT check_id AS checkId, code, vendor, summary, fix, since FROM findings ORDER BY since, check_id',
    );
  }

  list(): (KeptFinding & { since: number })[] {
    return this.#list.all();
  }

  /** An existing one keeps its start. */
  keep(tx: Tx, { checkId, code, vendor, summary, fix }: KeptFinding, now: number): void {
    this.database
      .prepareWrite(
        `INSERT INTO findings (check_id, code, vendor, summary, fix, since) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET summary = excluded.summary, fix = excluded.fix`,
      )
      .run(tx, checkId, code, vendor, summary, fix, now);
  }

  remove(tx: Tx, checkId: string): void {
    this.database.prepareWrite('DELETE FROM findings WHERE check_id = ?').run(tx, checkId);
  }

  clear(tx: Tx): void {
    this.database.prepareWrite('DELETE FROM findings').run(tx);
  }
}
