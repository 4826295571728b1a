/** The stored secrets, sealed; called inside a write. */
import type { Database } from '../database/database.js';
import type { Sealer } from './sealer.js';

export type SecretName =
  | 'lever_api_key'
  | 'lever_client_secret'
  /** The tokens of a login, as JSON. */
  | 'lever_grant'
  | 'codesubmit_api_key'
  | 'signing_token'
  /** Where alarms are posted: whoever has the address may post there. */
  | 'alarm_url';

interface SecretRow {
  id: number;
  sealed: Buffer;
}

export class SecretRows {
  readonly #list;
  readonly #insert;
  readonly #expire;
  readonly #remove;
  readonly #removeAll;

  constructor(
    database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#list = database.prepare<[string, number], SecretRow>(
      `SELECT id, sealed FROM secrets
       WHERE name = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id DESC`,
    );
    this.#insert = database.prepare<[string, Buffer, number], unknown>(
      'INSERT INTO secrets (name, sealed, created_at) VALUES (?, ?, ?)',
    );
    this.#expire = database.prepare<[number, number], unknown>(
      'UPDATE secrets SET expires_at = ? WHERE id = ? AND expires_at IS NULL',
    );
    this.#remove = database.prepare<[string], unknown>('DELETE FROM secrets WHERE name = ?');
    this.#removeAll = database.prepare<[], unknown>('DELETE FROM secrets');
  }

  /** All that are good now, the newest first. */
  list(name: SecretName, now: number): string[] {
    return this.#list.all(name, now).map(({ sealed }) => this.sealer.open(sealed));
  }

  /** Keeps one secret under the name. */
  replace(name: SecretName, value: string, now: number): void {
    this.#remove.run(name);
    this.#insert.run(name, this.sealer.seal(value), now);
  }

  /** Makes `values` the set; one that is in it no longer stays good until `oldGoodUntil` (epoch ms). */
  replaceSet(name: SecretName, values: readonly string[], now: number, oldGoodUntil: number): void {
    const kept = new Set<string>();
    for (const row of this.#list.all(name, now)) {
      const value = this.sealer.open(row.sealed);
      if (values.includes(value)) kept.add(value);
      else this.#expire.run(oldGoodUntil, row.id);
    }
    for (const value of new Set(values)) {
      if (!kept.has(value)) this.#insert.run(name, this.sealer.seal(value), now);
    }
  }

  erase(name: SecretName): void {
    this.#remove.run(name);
  }

  eraseAll(): void {
    this.#removeAll.run();
  }
}
