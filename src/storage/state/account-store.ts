/** What only the Lever account in use has: ids, its environment, and the keys and logins found to belong to it. */
import type { Database, Tx } from '../database/database.js';

/** A `credential` is a keyed hash. */
export type AccountIdKind = 'stage' | 'user' | 'environment' | 'credential';

export class AccountStore {
  readonly #list;

  constructor(private readonly database: Database) {
    this.#list = database.prepare<[string], { id: string }>(
      'SELECT id FROM lever_account WHERE kind = ? ORDER BY id',
    );
  }

  list(kind: AccountIdKind): string[] {
    return this.#list.all(kind).map(({ id }) => id);
  }

  add(tx: Tx, kind: AccountIdKind, ids: readonly string[]): void {
    const insert = this.database.prepareWrite<[string, string]>(
      'INSERT INTO lever_account (kind, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    for (const id of ids) insert.run(tx, kind, id);
  }

  /** Another account may follow. */
  clear(tx: Tx): void {
    this.database.prepareWrite('DELETE FROM lever_account').run(tx);
  }
}
