/** The stored secrets, sealed; called inside a write. */
import type { Database } from '../database/database.js';
import type { SealedPlace } from '../home/sealed-places.js';
import type { Sealer } from '../home/sealer.js';

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
  readonly #nextId;
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
    this.#nextId = database
      .prepare<[], number>('SELECT coalesce(max(id), 0) + 1 FROM secrets')
      .pluck();
    this.#insert = database.prepare<[number, string, Buffer, number], unknown>(
      'INSERT INTO secrets (id, name, sealed, created_at) VALUES (?, ?, ?, ?)',
    );
    this.#expire = database.prepare<[number, number], unknown>(
      'UPDATE secrets SET expires_at = ? WHERE id = ? AND expires_at IS NULL',
    );
    this.#remove = database.prepare<[string], unknown>('DELETE FROM secrets WHERE name = ?');
    this.#removeAll = database.prepare<[], unknown>('DELETE FROM secrets');
  }

  /** All that are good now, the newest first. */
  list(name: SecretName, now: number): string[] {
    return this.#list.all(name, now).map((row) => this.#open(name, row));
  }

  /** Keeps one secret under the name. */
  replace(name: SecretName, value: string, now: number): void {
    this.#remove.run(name);
    this.#seal(name, value, now);
  }

  /** Makes `values` the set; one that is in it no longer stays good until `oldGoodUntil` (epoch ms). */
  replaceSet(name: SecretName, values: readonly string[], now: number, oldGoodUntil: number): void {
    const kept = new Set<string>();
    for (const row of this.#list.all(name, now)) {
      const value = this.#open(name, row);
      if (values.includes(value)) kept.add(value);
      else this.#expire.run(oldGoodUntil, row.id);
    }
    for (const value of new Set(values)) {
      if (!kept.has(value)) this.#seal(name, value, now);
    }
  }

  #open(name: SecretName, { id, sealed }: SecretRow): string {
    return this.sealer.open(sealed, placeOf(id, name));
  }

  #seal(name: SecretName, value: string, now: number): void {
    const id = this.#nextId.get() ?? 1;
    this.#insert.run(id, name, this.sealer.seal(value, placeOf(id, name)), now);
  }

  erase(name: SecretName): void {
    this.#remove.run(name);
  }

  eraseAll(): void {
    this.#removeAll.run();
  }
}

/** Of the row with that id. */
export function placeOf(id: number, name: string): SealedPlace {
  return { column: 'secrets.sealed', row: [id, name] };
}
