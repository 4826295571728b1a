/** Ids that only the Lever account in use has, and the keys and logins that belong to it. */
import type { Database, Tx } from '../database/database.js';

import type { IntegrationStore } from './integration-store.js';

export type AccountIdKind = 'stage' | 'user' | 'environment';

export class AccountStore {
  readonly #list;
  readonly #isProved;
  readonly #hasProved;

  constructor(
    private readonly database: Database,
    private readonly integration: IntegrationStore,
  ) {
    this.#list = database.prepare<[string], { id: string }>(
      'SELECT id FROM lever_account WHERE kind = ? ORDER BY id',
    );
    this.#isProved = database.prepare<[string], { fingerprint: string }>(
      'SELECT fingerprint FROM lever_credentials WHERE fingerprint = ?',
    );
    this.#hasProved = database.prepare<[], { fingerprint: string }>(
      'SELECT fingerprint FROM lever_credentials LIMIT 1',
    );
  }

  list(kind: AccountIdKind): string[] {
    return this.#list.all(kind).map(({ id }) => id);
  }

  /** The opportunities of this account seen most recently, without erased people. */
  listOpportunities(limit: number): string[] {
    const rows = this.database.prepare<[number], { id: string }>(
      `SELECT id FROM opportunities WHERE erased_at IS NULL
         AND seen_at >= (SELECT coalesce(lever_account_since, 0) FROM integration)
       ORDER BY seen_at DESC LIMIT ?`,
    );
    return rows.all(limit).map(({ id }) => id);
  }

  add(tx: Tx, kind: AccountIdKind, ids: readonly string[]): void {
    const insert = this.database.prepareWrite<[string, string]>(
      'INSERT INTO lever_account (kind, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    for (const id of ids) insert.run(tx, kind, id);
  }

  isProved(fingerprint: string): boolean {
    return this.#isProved.get(fingerprint) !== undefined;
  }

  /** Whether any key or login was ever compared here. */
  hasProved(): boolean {
    return this.#hasProved.get() !== undefined;
  }

  prove(tx: Tx, fingerprint: string): void {
    this.database
      .prepareWrite('INSERT INTO lever_credentials (fingerprint) VALUES (?) ON CONFLICT DO NOTHING')
      .run(tx, fingerprint);
  }

  /** Another account may follow. What was seen before `since` doesn't belong to it. */
  clear(tx: Tx, since: number): void {
    this.database.prepareWrite('DELETE FROM lever_account').run(tx);
    this.database.prepareWrite('DELETE FROM lever_credentials').run(tx);
    this.integration.note(tx, { lever_account_since: since });
  }
}
