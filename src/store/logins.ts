/**
 * Logins in progress, from the URL we showed to the browser's return.
 *
 *   addLogin ──▶ open ──claimLogin──▶ used, its secrets erased ──a day after its end──▶ deleted
 */
import { createHash } from 'node:crypto';
import { DAY_MS } from '../domain/clock.js';
import { AppError } from '../domain/errors.js';
import type { Reader, Tx } from './database/database.js';
import type { Sealer } from './home/sealer.js';

/** How long we can still say that a login came too late or twice. */
const REMEMBERED_MS = DAY_MS;

/**
 * Stores a login, and deletes those that ended long ago. `state` is the random value that OAuth returns with the code.
 * Only its hash is stored, so who reads the file can't complete the login.
 */
export function addLogin(
  tx: Tx,
  sealer: Sealer,
  state: string,
  login: { secrets: string; now: number; expiresAt: number },
): void {
  tx.run('DELETE FROM logins WHERE expires_at < ?', login.now - REMEMBERED_MS);
  const hash = hashOf(state);
  const sealed = sealer.seal(login.secrets, 'logins.sealed', hash.toString('hex'));
  const sql = 'INSERT INTO logins (state_hash, sealed, expires_at) VALUES (?, ?, ?)';
  tx.run(sql, hash, sealed, login.expiresAt);
}

export const START_AGAIN = 'Run: codesubmit-lever setup, and open the new link';

/** The error when no login with the URL's `state` is stored here. */
export function unknownLogin(): AppError {
  return new AppError('usage', 'That URL is not from a login in progress here.', START_AGAIN);
}

/** Returns what was stored with `state`, once. Throws `usage` if it is unknown, `conflict` if it was used or is too old. */
export function claimLogin(tx: Tx, sealer: Sealer, state: string, now: number): string {
  const row = findLogin(tx, state);
  if (!row) throw unknownLogin();
  if (row.sealed === null || row.expires_at <= now) {
    throw new AppError(
      'conflict',
      'This login was already used, or started too long ago; each link works once.',
      'Run: codesubmit-lever setup. It knows a login that was completed, and shows a new link otherwise',
    );
  }
  const hash = hashOf(state);
  tx.run('UPDATE logins SET sealed = NULL WHERE state_hash = ?', hash);
  return sealer.open(row.sealed, 'logins.sealed', hash.toString('hex'));
}

/** Whether the login is still known: `revoke` erases it even after it was claimed. */
export function isLoginKnown(db: Reader, state: string): boolean {
  return findLogin(db, state) !== undefined;
}

/** Erases all logins, open and used ones: after a `revoke`, or once an API key is used instead. */
export function eraseLogins(tx: Tx): void {
  tx.run('DELETE FROM logins');
}

/** The login that was started with this `state`. `sealed` is what its second step needs; null once it was used. */
function findLogin(db: Reader, state: string) {
  const sql = 'SELECT sealed, expires_at FROM logins WHERE state_hash = ?';
  return db.get<{ sealed: Buffer | null; expires_at: number }>(sql, hashOf(state));
}

/** SHA-256 of the random `state`: what the database stores in its place. */
function hashOf(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}
