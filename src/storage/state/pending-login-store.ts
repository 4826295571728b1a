/**
 * Logins in progress, from the URL we showed to the browser's return.
 *
 *   insert ──▶ open ──claim──▶ used, its secrets erased ──a day after its end──▶ deleted
 */
import { createHash } from 'node:crypto';
import type { Database, Tx } from '../database/database.js';
import { DAY_MS } from '../../domain/clock.js';
import type { SealedPlace, Sealer } from '../home/sealer.js';

interface PendingLoginRow {
  sealed: Buffer | null;
  expires_at: number;
  used_at: number | null;
}

export type Claim =
  { kind: 'claimed'; secrets: string } | { kind: 'used' | 'expired' | 'unknown' | 'none_pending' };

/** How long we can still tell that a login came too late or twice. */
const REMEMBERED_MS = DAY_MS;

export class PendingLoginStore {
  readonly #find;
  readonly #findOpen;
  readonly #insert;
  readonly #use;
  readonly #forget;
  readonly #eraseAll;

  constructor(
    database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#find = database.prepare<[Buffer], PendingLoginRow>(
      'SELECT sealed, expires_at, used_at FROM pending_logins WHERE state_hash = ?',
    );
    this.#findOpen = database.prepare<[number], unknown>(
      'SELECT 1 FROM pending_logins WHERE used_at IS NULL AND expires_at > ? LIMIT 1',
    );
    this.#insert = database.prepareWrite<[Buffer, Buffer, number]>(
      'INSERT INTO pending_logins (state_hash, sealed, expires_at) VALUES (?, ?, ?)',
    );
    this.#use = database.prepareWrite<[number, Buffer]>(
      'UPDATE pending_logins SET used_at = ?, sealed = NULL WHERE state_hash = ?',
    );
    this.#forget = database.prepareWrite<[number]>(
      'DELETE FROM pending_logins WHERE expires_at < ?',
    );
    this.#eraseAll = database.prepareWrite<[]>('DELETE FROM pending_logins');
  }

  /** `state` itself is not stored, so reading the file is not enough to complete the login. */
  insert(tx: Tx, state: string, secrets: string, now: number, expiresAt: number): void {
    this.#forget.run(tx, now - REMEMBERED_MS);
    const hash = hashOf(state);
    this.#insert.run(tx, hash, this.sealer.seal(secrets, placeOf(hash)), expiresAt);
  }

  /** Returns what was stored with `state`, once. */
  claim(tx: Tx, state: string, now: number): Claim {
    const hash = hashOf(state);
    const row = this.#find.get(hash);
    if (!row) return { kind: this.hasOpen(now) ? 'unknown' : 'none_pending' };
    if (row.used_at !== null || row.sealed === null) return { kind: 'used' };
    if (row.expires_at <= now) return { kind: 'expired' };
    this.#use.run(tx, now, hash);
    return { kind: 'claimed', secrets: this.sealer.open(row.sealed, placeOf(hash)) };
  }

  /** Whether any login is waiting for a browser. */
  hasOpen(now: number): boolean {
    return this.#findOpen.get(now) !== undefined;
  }

  /** Whether the login is still known: `revoke` erases it even after it was claimed. */
  isKnown(state: string): boolean {
    return this.#find.get(hashOf(state)) !== undefined;
  }

  eraseAll(tx: Tx): void {
    this.#eraseAll.run(tx);
  }
}

function placeOf(hash: Buffer): SealedPlace {
  return { column: 'pending_logins.sealed', row: [hash.toString('hex').toUpperCase()] };
}

function hashOf(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}
