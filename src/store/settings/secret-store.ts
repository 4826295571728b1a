/**
 * The stored secrets, encrypted. Each is bound to its name and to the address that it may be sent to: the address is
 * encrypted with it, so altering the stored addresses yields none.
 */
import type { Database, Tx } from '../database/database.js';
import type { SealedPlace, Sealer } from '../home/sealer.js';
import { destinationOf, type Addresses } from './vendor-addresses.js';

export type SecretName =
  | 'lever_api_key'
  | 'lever_client_secret'
  /** The tokens of a login, as JSON. */
  | 'lever_grant'
  | 'codesubmit_api_key'
  | 'signing_token'
  /** Where alarms are posted. Anyone who has the address can post there. */
  | 'alarm_url'
  /** Called while all is well: anyone who has the address can hide that the daemon is dead. */
  | 'heartbeat_url';

interface SecretRow {
  id: number;
  sealed: Buffer;
}

interface BoundSecret {
  destination: string;
  value: string;
}

export class SecretStore {
  readonly #list;
  readonly #nextId;
  readonly #insert;
  readonly #expire;
  readonly #remove;
  readonly #removeExpired;
  readonly #removeAll;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    /** Those in force. */
    private readonly addresses: () => Addresses,
  ) {
    this.#list = database.prepare<[string, number], SecretRow>(
      `SELECT id, sealed FROM secrets
       WHERE name = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id DESC`,
    );
    this.#nextId = database.prepare<[], { id: number }>(
      'SELECT coalesce(max(id), 0) + 1 AS id FROM secrets',
    );
    this.#insert = database.prepareWrite<[number, string, Buffer]>(
      'INSERT INTO secrets (id, name, sealed) VALUES (?, ?, ?)',
    );
    this.#expire = database.prepareWrite<[number, number]>(
      'UPDATE secrets SET expires_at = ? WHERE id = ? AND expires_at IS NULL',
    );
    this.#remove = database.prepareWrite<[string]>('DELETE FROM secrets WHERE name = ?');
    this.#removeExpired = database.prepareWrite<[number]>(
      'DELETE FROM secrets WHERE expires_at <= ?',
    );
    this.#removeAll = database.prepareWrite<[]>('DELETE FROM secrets');
  }

  /** All valid ones that may be sent to these addresses, newest first. */
  list(name: SecretName, now: number, addresses = this.addresses()): string[] {
    const destination = destinationOf(name, addresses);
    return this.#all(name, now)
      .filter((secret) => secret.destination === destination)
      .map(({ value }) => value);
  }

  /** Where a valid one may be sent. */
  findDestination(name: SecretName, now: number): string | undefined {
    return this.#all(name, now)[0]?.destination;
  }

  /** Stores one secret under this name, for the addresses in force. */
  replace(tx: Tx, name: SecretName, value: string): void {
    this.#remove.run(tx, name);
    this.#seal(tx, name, value);
  }

  /** Replaces the set by `values`; removed ones stay valid until `oldGoodUntil` (epoch ms). */
  replaceSet(
    tx: Tx,
    name: SecretName,
    values: readonly string[],
    now: number,
    oldGoodUntil: number,
  ): void {
    const kept = new Set<string>();
    for (const row of this.#list.all(name, now)) {
      const { value } = this.#open(name, row);
      if (values.includes(value)) kept.add(value);
      else this.#expire.run(tx, oldGoodUntil, row.id);
    }
    for (const value of new Set(values)) {
      if (!kept.has(value)) this.#seal(tx, name, value);
    }
  }

  #all(name: SecretName, now: number): BoundSecret[] {
    return this.#list.all(name, now).map((row) => this.#open(name, row));
  }

  #open(name: SecretName, { id, sealed }: SecretRow): BoundSecret {
    const text = this.sealer.open(sealed, placeOf(id, name));
    const end = text.indexOf('\n');
    return { destination: text.slice(0, end), value: text.slice(end + 1) };
  }

  #seal(tx: Tx, name: SecretName, value: string): void {
    const id = this.#nextId.get()?.id ?? 1;
    const text = `${destinationOf(name, this.addresses())}\n${value}`;
    this.#insert.run(tx, id, name, this.sealer.seal(text, placeOf(id, name)));
  }

  erase(tx: Tx, name: SecretName): void {
    this.#remove.run(tx, name);
  }

  eraseExpired(tx: Tx, now: number): void {
    this.#removeExpired.run(tx, now);
  }

  eraseAll(tx: Tx): void {
    this.#removeAll.run(tx);
  }
}

/** Of the row with that id. */
function placeOf(id: number, name: string): SealedPlace {
  return { column: 'secrets.sealed', row: [id, name] };
}
