/**
 * The integration: set up, paused, revoked, rejected by a vendor, and what is known of both vendors and of the Lever
 * account.
 *
 *   accepted ──recordRejection──▶ rejected ──recordAnswered: a login or key that works──▶ accepted
 */
import {
  AppError,
  NOT_SET_UP,
  type Rejection,
  type RejectionKind,
  REVOKED,
  RUN_SETUP,
  type Vendor,
} from '../domain/errors.js';
import { PAUSE_COPY } from './database/schema.js';
import { type Database, getRow, listIds, type Reader, type Tx } from './database/database.js';

export interface IntegrationRow {
  set_up_at: number | null;
  paused_at: number | null;
  revoked_at: number | null;
  /** Since when the vendor rejects our account, what it rejects, and how it said so; null once a call works. */
  lever_refused_at: number | null;
  lever_refusal_kind: RejectionKind | null;
  lever_refusal: string | null;
  codesubmit_refused_at: number | null;
  codesubmit_refusal_kind: RejectionKind | null;
  codesubmit_refusal: string | null;
  /** Since when Lever writes nothing without an acting user, as far as we know. */
  acting_user_missing_at: number | null;
  /** When the daemon last ran doctor's cheap checks. */
  checked_at: number | null;
  webhook_verified_at: number | null;
  last_delivery_at: number | null;
  /** When all stages were last read to their end, and why one could not be since. */
  last_sweep_at: number | null;
  sweep_error: string | null;
  /** When a delivery was refused for its signature: the first since the last genuine one. Null if there is none. */
  signatures_refused_at: number | null;
  /** Up to when Lever listed who was deleted there, by its clock. */
  deleted_listed_at: number | null;
  /** Since when all steps can do their work, but for a pause: it starts over when that ends. */
  able_since: number | null;
  daemon_started_at: number | null;
  /** When the daemon last said that it runs: at its start, every ten minutes, at its end. */
  daemon_seen_at: number | null;
  /** The daemon's variables that override stored secrets: names, separated by spaces. */
  daemon_environment: string | null;
  /** Since when it is paused because the database was put back from a copy. */
  restored_at: number | null;
  /** Increases with each change that the daemon must take up; decisions made under an older one are made again. */
  version: number;
}

export const INTEGRATION_STATES = [
  'active',
  'paused',
  'needs_reauth',
  'revoked',
  'not_set_up',
] as const;
export type IntegrationState = (typeof INTEGRATION_STATES)[number];

/** The integration's state. Where several hold, the one that must end first: a revoked one isn't called paused. */
export function stateOf(row: IntegrationRow): IntegrationState {
  if (row.revoked_at !== null) return 'revoked';
  if (row.set_up_at === null) return 'not_set_up';
  if (row.lever_refused_at !== null || row.codesubmit_refused_at !== null) return 'needs_reauth';
  return row.paused_at === null ? 'active' : 'paused';
}

/** Whether it is set up and not revoked, even if something is blocking it. */
export function isInUse({ set_up_at: setUpAt, revoked_at: revokedAt }: IntegrationRow): boolean {
  return setUpAt !== null && revokedAt === null;
}

/** Whether Lever may be called: in use, and our account is not rejected. */
export function mayAskLever(row: IntegrationRow): boolean {
  return isInUse(row) && row.lever_refused_at === null;
}

/**
 * Whether updates to Lever may be begun: not while Lever asks for an acting user and no setting has changed since. A
 * rejected account doesn't count here: the circuit of Lever's calls waits for that.
 */
export function mayWriteToLever(row: IntegrationRow): boolean {
  return isInUse(row) && row.acting_user_missing_at === null;
}

/**
 * Whether CodeSubmit rejected the account rather than the key: a 402, or a 403 to a challenge that we sent. Then only a
 * challenge that it accepts shows that it accepts us again; reading shows nothing.
 */
export function isSendingRejected(row: IntegrationRow): boolean {
  const { codesubmit_refused_at: at, codesubmit_refusal_kind: kind } = row;
  return at !== null && (kind === 'unpaid' || kind === 'no_sending');
}

/**
 * Whether challenges may be sent. A rejection by CodeSubmit doesn't count here: only another attempt shows whether it is
 * over.
 */
export function maySend(row: IntegrationRow): boolean {
  return mayAskLever(row) && row.paused_at === null;
}

/** Whether an admin paused it. A restored copy's own pause has both times equal; without a pause both are null. */
export function isPausedByAdmin({ paused_at, restored_at }: IntegrationRow): boolean {
  return paused_at !== restored_at;
}

/** Columns that say when something was done or seen last, and that must not be ahead (`capTimes`). */
const TIMES_OF_WHAT_WAS = [
  'set_up_at',
  'daemon_started_at',
  'daemon_seen_at',
  'last_sweep_at',
  'last_delivery_at',
  'webhook_verified_at',
] as const satisfies readonly (keyof IntegrationRow)[];

/** What is recorded of the integration by one value (`?`) or none: how it changes the row. */
const CHANGES = {
  /** To test whether the disk accepts a write. */
  nothing: 'version = version',
  /**
   * Ends the pause of a restored copy, but not an admin's: `paused_at` stays. Without an admin's pause `resume` does
   * that.
   */
  restored_forgotten: 'restored_at = NULL',
  /** Lever needs an acting user for writes. Writing is tried again once a setting has changed. */
  acting_user_missing: 'acting_user_missing_at = coalesce(acting_user_missing_at, ?)',
  /** Of a new signing token or address, what signatures showed before says nothing. */
  webhook_changed: 'webhook_verified_at = NULL, signatures_refused_at = NULL',
  /** A delivery was refused for its signature: the first one since the last genuine delivery. */
  signatures_refused: 'signatures_refused_at = ?',
  /** All stages were read to their end. */
  swept: 'last_sweep_at = ?, sweep_error = NULL',
  /** A stage could not be read. Why shows until all stages are read again. */
  sweep_failed: 'sweep_error = ?',
  /** The daemon has run doctor's cheap checks. */
  checked: 'checked_at = ?',
  /** Lever listed who was deleted there, up to then on its clock. */
  deleted_listed: 'deleted_listed_at = ?',
  /** Since when all steps can do their work but for a pause; null while they can't, and until the daemon has looked. */
  able: 'able_since = ?',
  /** The daemon still runs. */
  running: 'daemon_seen_at = ?',
} as const;

/** Accepts our account again. A vendor rejects it only while its time is set: the reasons beside it may stay. */
const FORGET_REFUSALS = 'lever_refused_at = NULL, codesubmit_refused_at = NULL';

export class IntegrationStore {
  constructor(private readonly database: Database) {}

  /** The row as it is now, whichever process changed it. */
  read(): Readonly<IntegrationRow> {
    return getRow<IntegrationRow>(this.database, 'SELECT * FROM integration');
  }

  /** The state as `status` shows it: of several that hold, the one that must end first. */
  state(): IntegrationState {
    return stateOf(this.read());
  }

  /** Whether it is set up and not revoked, even if paused or rejected. */
  isInUse(): boolean {
    return isInUse(this.read());
  }

  /** The error, `revoked` or `not_set_up`, to report when it isn't in use; null when it is. */
  whyNotInUse(): AppError | null {
    const row = this.read();
    if (isInUse(row)) return null;
    return row.revoked_at === null
      ? new AppError('not_set_up', `${NOT_SET_UP}.`, RUN_SETUP)
      : new AppError('revoked', `${REVOKED}.`, RUN_SETUP);
  }

  /** Throws `revoked` or `not_set_up` unless it is in use. */
  requireInUse(): void {
    const why = this.whyNotInUse();
    if (why) throw why;
  }

  /** Changes the row by one of `CHANGES`. `value`: what its `?` stands for, mostly a time (epoch ms). */
  record(tx: Tx, what: keyof typeof CHANGES, ...value: [] | [number | string | null]): void {
    this.#set(tx, CHANGES[what], ...value);
  }

  /**
   * Increases the version, because settings, rules or credentials changed: decisions are made again, and Lever
   * is written to again even if it had asked for an acting user.
   */
  bumpVersion(tx: Tx): void {
    this.#set(tx, 'version = version + 1, acting_user_missing_at = NULL');
  }

  /** Working credentials are stored: the integration is in use, even if revoked or rejected before. A pause stays. */
  markSetUp(tx: Tx, now: number): void {
    this.bumpVersion(tx);
    this.#set(tx, `set_up_at = ?, revoked_at = NULL, ${FORGET_REFUSALS}`, now);
  }

  /** A call worked. Returns whether the vendor had rejected our account. */
  recordAnswered(tx: Tx, vendor: Vendor): boolean {
    const wasRejected = this.read()[`${vendor}_refused_at`] !== null;
    if (wasRejected) this.#set(tx, `${vendor}_refused_at = NULL`);
    return wasRejected;
  }

  /**
   * Pauses: nothing is sent until `resume`. An admin's earlier pause keeps its time; that of a restored copy doesn't, so
   * `isPausedByAdmin` tells the two apart.
   */
  pause(tx: Tx, now: number): void {
    // IS: both are null where nothing is paused.
    const pausedAt = 'iif(paused_at IS restored_at, ?, paused_at)';
    this.#set(tx, `paused_at = ${pausedAt}, version = version + 1`, now);
  }

  /**
   * Pauses because the database is an older copy: challenges that it doesn't know of may have been sent. An earlier
   * pause keeps its time.
   */
  pauseRestored(tx: Tx): void {
    tx.run(PAUSE_COPY);
  }

  /** Ends every pause: an admin's, and that of a restored copy. */
  resume(tx: Tx): void {
    this.#set(tx, 'paused_at = NULL, restored_at = NULL, version = version + 1');
  }

  /**
   * Disconnects. A pause ends with it, a restored copy's too. What is known of secrets that are now erased is no longer
   * true: that their vendor rejects them, that the webhook's signatures match or don't, and that all steps can work.
   */
  revoke(tx: Tx, now: number): void {
    this.#set(
      tx,
      `revoked_at = coalesce(revoked_at, ?), paused_at = NULL, restored_at = NULL, webhook_verified_at = NULL,
       signatures_refused_at = NULL, able_since = NULL, version = version + 1, ${FORGET_REFUSALS}`,
      now,
    );
  }

  /** Records that a vendor rejects our account. Returns whether that is new. */
  recordRejection(tx: Tx, vendor: Vendor, now: number, rejection: Rejection): boolean {
    if (this.read()[`${vendor}_refused_at`] !== null) return false;
    const columns = `${vendor}_refused_at = ?, ${vendor}_refusal_kind = ?, ${vendor}_refusal = ?`;
    this.#set(tx, columns, now, rejection.kind, rejection.why);
    return true;
  }

  /**
   * Records that Lever delivered something with a valid signature; the delivery itself is stored elsewhere. The first
   * one since the webhook was set up or changed proves it, as does each test by Verify Connection (`isTest`).
   */
  recordDelivery(tx: Tx, now: number, isTest: boolean): void {
    this.#set(tx, 'last_delivery_at = ?, signatures_refused_at = NULL', now);
    const isProof = isTest || this.read().webhook_verified_at === null;
    if (isProof) this.#set(tx, 'webhook_verified_at = ?', now);
  }

  /** Records a start. `environment`: which of the daemon's variables override stored secrets. */
  recordStarted(tx: Tx, now: number, environment: string): void {
    this.#set(tx, 'daemon_started_at = ?, daemon_environment = ?', now, environment);
    this.record(tx, 'running', now);
  }

  /** Moves times ahead of now to now: a clock that was ahead stored them. Until then nothing newer would count. */
  capTimes(tx: Tx, now: number): void {
    // SQLite's `min` of null is null.
    this.#set(tx, TIMES_OF_WHAT_WAS.map((time) => `${time} = min(${time}, ${now})`).join(', '));
  }

  /** Changes the one row. `assignments`: what follows SET in SQL. */
  #set(tx: Tx, assignments: string, ...values: (number | string | null)[]): void {
    tx.run(`UPDATE integration SET ${assignments}`, ...values);
  }
}

/**
 * What is stored of the vendors: CodeSubmit's challenges and what is known about the readings of its list, both as JSON,
 * and when Lever may be called next, on the monotonic clock, by any process of the data directory.
 */
type VendorFact = 'challenges' | 'sent_list' | 'next_lever_call';

/** The stored text of one fact about the vendors. Never missing: the schema gives each a first value. */
export function readVendorFact(db: Reader, name: VendorFact): string {
  return getRow<{ value: string }>(db, 'SELECT value FROM vendors WHERE name = ?', name).value;
}

/** Replaces the stored text of one fact about the vendors. */
export function storeVendorFact(tx: Tx, name: VendorFact, value: string): void {
  tx.run('UPDATE vendors SET value = ? WHERE name = ?', value, name);
}

/** What only the account in use has. A `credential` is the keyed hash of a key or login that was found to be of it. */
type LeverIdKind = 'stage' | 'user' | 'environment' | 'credential';

/** The ids of one kind that are known to be of the account in use. */
export function leverIds(db: Reader, kind: LeverIdKind): string[] {
  const sql = 'SELECT id FROM lever_ids WHERE kind = ? ORDER BY id';
  return listIds(db, sql, kind);
}

/** Adds ids of one kind that are of the account in use; those known already stay. */
export function addLeverIds(tx: Tx, kind: LeverIdKind, ids: readonly string[]): void {
  const sql = 'INSERT INTO lever_ids (kind, id) VALUES (?, ?) ON CONFLICT DO NOTHING';
  for (const id of ids) tx.run(sql, kind, id);
}

/** Forgets all ids of the account in use, because another account may follow. */
export function forgetLeverIds(tx: Tx): void {
  tx.run('DELETE FROM lever_ids');
}
