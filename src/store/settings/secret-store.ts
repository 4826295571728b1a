/**
 * The stored secrets, encrypted. Each is bound to its name and to the address that it may be sent to. The address is
 * encrypted with it, so altering the stored addresses yields no secret.
 */
import { type Database, getRow, type Tx } from '../database/database.js';
import type { Sealer } from '../home/sealer.js';
import { type Addresses, destinationOf, type SecretName } from './vendor-addresses.js';

export class SecretStore {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    /** The addresses in force. */
    private readonly addresses: () => Addresses,
  ) {}

  /** All valid secrets of this name that may be sent there, newest first. Throws `configuration` if any is damaged. */
  list(name: SecretName, now: number, addresses = this.addresses()): string[] {
    const destination = destinationOf(name, addresses);
    return this.#openAll(name, now)
      .filter((secret) => secret.destination === destination)
      .map(({ value }) => value);
  }

  /** Where the newest valid secret of this name may be sent; undefined without one. */
  findDestination(name: SecretName, now: number): string | undefined {
    return this.#openAll(name, now)[0]?.destination;
  }

  /** Stores one secret under this name, instead of all that are stored under it, for the addresses in force. */
  replace(tx: Tx, name: SecretName, value: string): void {
    this.erase(tx, name);
    this.#seal(tx, name, value);
  }

  /**
   * Makes these values the valid secrets of this name, without end. Others stay valid until `oldGoodUntil` (epoch ms),
   * since deliveries signed with an old signing token may still come. One that was replaced before keeps its time,
   * unless it is given again.
   */
  replaceSet(
    tx: Tx,
    name: SecretName,
    values: readonly string[],
    now: number,
    oldGoodUntil: number,
  ): void {
    for (const { id, value } of this.#openAll(name, now)) {
      if (values.includes(value)) tx.run('DELETE FROM secrets WHERE id = ?', id);
    }
    const oldEnd = 'expires_at = coalesce(expires_at, ?)';
    tx.run(`UPDATE secrets SET ${oldEnd} WHERE name = ?`, oldGoodUntil, name);
    for (const value of new Set(values)) this.#seal(tx, name, value);
  }

  /**
   * The valid secrets of this name, newest first, wherever they may be sent. A secret's text is the destination (empty
   * if it is sent nowhere), a line break and the value. Throws `configuration` if one is damaged.
   */
  #openAll(name: SecretName, now: number) {
    const rows = this.database.all<{ id: number; sealed: Buffer }>(
      `SELECT id, sealed FROM secrets
       WHERE name = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id DESC`,
      name,
      now,
    );
    return rows.map(({ id, sealed }) => {
      const text = this.sealer.open(sealed, 'secrets.sealed', id, name);
      const end = text.indexOf('\n');
      return { id, destination: text.slice(0, end), value: text.slice(end + 1) };
    });
  }

  /** Adds a secret, encrypted, for the addresses in force, beside others of its name. It has no end (`expires_at`) yet. */
  #seal(tx: Tx, name: SecretName, value: string): void {
    // A value is encrypted for its row, so the row's id is chosen before it is inserted.
    const sql = 'SELECT coalesce(max(id), 0) + 1 AS id FROM secrets';
    const { id } = getRow<{ id: number }>(tx, sql);
    const text = `${destinationOf(name, this.addresses())}\n${value}`;
    const sealed = this.sealer.seal(text, 'secrets.sealed', id, name);
    tx.run('INSERT INTO secrets (id, name, sealed) VALUES (?, ?, ?)', id, name, sealed);
  }

  /** Erases all secrets of this name, valid or not. */
  erase(tx: Tx, name: SecretName): void {
    tx.run('DELETE FROM secrets WHERE name = ?', name);
  }

  /** Erases secrets that are no longer valid, such as old signing tokens. */
  eraseExpired(tx: Tx, now: number): void {
    tx.run('DELETE FROM secrets WHERE expires_at <= ?', now);
  }

  /** Erases every secret, because the integration is revoked. */
  eraseAll(tx: Tx): void {
    tx.run('DELETE FROM secrets');
  }
}
