/**
 * The stored secrets, encrypted. Each is bound to its name and to the address that it may be sent to. The address is
 * encrypted with it, so altering the stored addresses yields no secret.
 */
import { type Database, getRow, type Tx } from '../database/database.js';
import type { Sealer } from '../home/sealer.js';
import { type Addresses, destinationOf, type SecretName } from './vendor-addresses.js';

interface SecretRow {
  id: number;
  sealed: Buffer;
}

interface BoundSecret {
  /** Where it may be sent, see `destinationOf`; empty if it is sent nowhere. */
  destination: string;
  value: string;
}

export class SecretStore {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    /** The addresses in force. */
    private readonly addresses: () => Addresses,
  ) {}

  /** All valid secrets of this name that may be sent to these addresses, newest first. */
  list(name: SecretName, now: number, addresses = this.addresses()): string[] {
    const destination = destinationOf(name, addresses);
    return this.#all(name, now)
      .filter((secret) => secret.destination === destination)
      .map(({ value }) => value);
  }

  /** Where the newest valid secret of this name may be sent; undefined without one. */
  findDestination(name: SecretName, now: number): string | undefined {
    return this.#all(name, now)[0]?.destination;
  }

  /** Stores one secret under this name, instead of all that are stored under it, for the addresses in force. */
  replace(tx: Tx, name: SecretName, value: string): void {
    this.erase(tx, name);
    this.#seal(tx, name, value);
  }

  /**
   * Makes these values the set, valid without end; removed ones stay valid until `oldGoodUntil` (epoch ms). One that was
   * removed before keeps its time, unless it is given again.
   */
  replaceSet(
    tx: Tx,
    name: SecretName,
    values: readonly string[],
    now: number,
    oldGoodUntil: number,
  ): void {
    const kept = new Set<string>();
    for (const row of this.#rows(name, now)) {
      const { value } = this.#open(name, row);
      const isGiven = values.includes(value);
      if (isGiven) kept.add(value);
      const expiresAt = isGiven ? 'NULL' : 'coalesce(expires_at, :oldGoodUntil)';
      tx.run(`UPDATE secrets SET expires_at = ${expiresAt} WHERE id = :id`, {
        id: row.id,
        oldGoodUntil,
      });
    }
    for (const value of new Set(values)) {
      if (!kept.has(value)) this.#seal(tx, name, value);
    }
  }

  #all(name: SecretName, now: number): BoundSecret[] {
    return this.#rows(name, now).map((row) => this.#open(name, row));
  }

  /** The valid rows of this name, newest first. */
  #rows(name: SecretName, now: number): SecretRow[] {
    return this.database.all(
      `SELECT id, sealed FROM secrets
       WHERE name = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id DESC`,
      name,
      now,
    );
  }

  /** The encrypted text is the destination, a line break and the value. */
  #open(name: SecretName, { id, sealed }: SecretRow): BoundSecret {
    const text = this.sealer.open(sealed, 'secrets.sealed', id, name);
    const end = text.indexOf('\n');
    return { destination: text.slice(0, end), value: text.slice(end + 1) };
  }

  #seal(tx: Tx, name: SecretName, value: string): void {
    // A value is encrypted for its row, so the row's id is chosen before it is inserted.
    const sql = 'SELECT coalesce(max(id), 0) + 1 AS id FROM secrets';
    const { id } = getRow<{ id: number }>(tx, sql);
    const text = `${destinationOf(name, this.addresses())}\n${value}`;
    const sealed = this.sealer.seal(text, 'secrets.sealed', id, name);
    tx.run('INSERT INTO secrets (id, name, sealed) VALUES (?, ?, ?)', id, name, sealed);
  }

  erase(tx: Tx, name: SecretName): void {
    tx.run('DELETE FROM secrets WHERE name = ?', name);
  }

  eraseExpired(tx: Tx, now: number): void {
    tx.run('DELETE FROM secrets WHERE expires_at <= ?', now);
  }

  eraseAll(tx: Tx): void {
    tx.run('DELETE FROM secrets');
  }
}
