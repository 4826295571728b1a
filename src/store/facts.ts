/**
 * What is wrong now, and whether the admin's channel knows.
 *
 *   open ──posted──▶ open, told ──over──▶ over, told ──posted──▶ gone
 *     └─────over─────▶ gone        ◀──back──┘
 *
 * A row becomes an alarm when the daemon raises it. A check also stores here what only a vendor or the machine can
 * tell, until it passes.
 */
import type { Vendor } from '../domain/errors.js';
import type { ProblemCode } from '../domain/problem.js';
import type { Database, Reader, Tx } from './database/database.js';

/** A problem. `code` and `subject` identify it. Contains no address, e-mail or link. */
export interface WrongFact {
  code: ProblemCode;
  /** Tells problems with the same code apart; empty if there is only one. */
  subject: string;
  vendor: Vendor | null;
  what: string;
  fix: string;
}

export interface FoundFact extends WrongFact {
  /** The check that found it and can end it. */
  check_id: string;
  /** Epoch ms. */
  since: number;
}

export interface DueFact extends WrongFact {
  /** Whether the problem is over; otherwise it's still open. */
  is_over: 0 | 1;
  /** How many attempts to post it failed. */
  attempts: number;
}

const COLUMNS = 'code, subject, vendor, what, fix';
const VALUES = ':code, :subject, :vendor, :what, :fix';
/** The row of one fact: code and subject are its key. */
const BY_KEY = 'WHERE code = :code AND subject = :subject';
/** An alarm to post: it is open and was not posted (0, 0), or is over and its start was posted (1, 1). */
const IS_TO_POST = 'due_at IS NOT NULL AND is_over = is_told';

/** What checks found, the oldest first. */
export function listFound(db: Reader): FoundFact[] {
  return db.all<FoundFact>(
    `SELECT ${COLUMNS}, check_id, since FROM facts WHERE check_id IS NOT NULL ORDER BY since, code, subject`,
  );
}

/** Stores all that a check finds now, and drops what it found before and no longer finds. */
export function storeFound(
  tx: Tx,
  checkId: string,
  found: readonly WrongFact[],
  now: number,
): void {
  const isFound = (kept: WrongFact): boolean => found.some((one) => isSame(one, kept));
  for (const kept of listFound(tx)) {
    if (kept.check_id === checkId && !isFound(kept)) dropFound(tx, kept);
  }
  for (const one of found) {
    // A row that is over waits for its end to be posted: found again, the problem began now. It stays over until
    // `updateAlarms` compares, and raises the alarm again.
    tx.run(
      `INSERT INTO facts (${COLUMNS}, since, check_id) VALUES (${VALUES}, :now, :checkId)
       ON CONFLICT DO UPDATE SET check_id = excluded.check_id, what = excluded.what, fix = excluded.fix,
         since = iif(is_over, excluded.since, since)`,
      { ...one, now, checkId },
    );
  }
}

/**
 * Drops what a check no longer finds. The row of a raised alarm (it has `due_at`) stays: the alarm ends when the daemon
 * next compares.
 */
function dropFound(tx: Tx, fact: WrongFact): void {
  tx.run(`DELETE FROM facts ${BY_KEY} AND due_at IS NULL`, fact);
  tx.run(`UPDATE facts SET check_id = NULL ${BY_KEY}`, fact);
}

/**
 * Raises alarms for problems that are new, and ends those that are over; returns both lists. `wrong`: all that is wrong
 * now.
 */
export async function updateAlarms(db: Database, wrong: readonly WrongFact[], now: number) {
  const open = listAlarms(db);
  const raised = without(wrong, open);
  const cured = without(open, wrong);
  if (raised.length + cured.length > 0) {
    await db.write((tx) => {
      for (const fact of raised) raiseAlarm(tx, fact, now);
      for (const fact of cured) endAlarm(tx, fact, now);
    });
  }
  return { raised, cured };
}

/** Alarms that are open. */
export function listAlarms(db: Reader): WrongFact[] {
  return db.all<WrongFact>(`SELECT ${COLUMNS} FROM facts WHERE due_at IS NOT NULL AND is_over = 0`);
}

/**
 * Raises an alarm. Its row may be there: a check found the problem, or the same alarm has ended, but its end wasn't
 * posted. Then the channel still takes it for open (`is_told`), so nothing is posted, although a time is due.
 */
function raiseAlarm(tx: Tx, fact: WrongFact, now: number): void {
  tx.run(
    `INSERT INTO facts (${COLUMNS}, since, due_at) VALUES (${VALUES}, :now, :now)
     ON CONFLICT DO UPDATE SET is_over = 0, what = excluded.what, fix = excluded.fix, due_at = excluded.due_at,
       attempts = 0, last_error = NULL`,
    { ...fact, now },
  );
}

/** Ends an alarm. Its end is posted only if the alarm was. */
function endAlarm(tx: Tx, fact: WrongFact, now: number): void {
  tx.run(`DELETE FROM facts ${BY_KEY} AND is_told = 0`, fact);
  tx.run(
    `UPDATE facts SET is_over = 1, due_at = :now, attempts = 0, last_error = NULL ${BY_KEY} AND is_told = 1`,
    { ...fact, now },
  );
}

/** The alarm to post next, its beginning or its end; undefined when none is due. */
export function findDueAlarm(db: Reader, now: number): DueFact | undefined {
  return db.get<DueFact>(
    `SELECT ${COLUMNS}, is_over, attempts FROM facts WHERE ${IS_TO_POST} AND due_at <= ?
     ORDER BY due_at, since, code, subject LIMIT 1`,
    now,
  );
}

/**
 * Records that the alarm's beginning or end was posted. After the end nothing is left to say, so the row goes. A
 * fact can't end meanwhile: the round that posts is the one that compares.
 */
export function markPosted(tx: Tx, fact: WrongFact): void {
  tx.run(`DELETE FROM facts ${BY_KEY} AND is_over = 1`, fact);
  tx.run(`UPDATE facts SET is_told = 1, attempts = 0, last_error = NULL ${BY_KEY}`, fact);
}

/** Raises an alarm that was posted before it could be stored: its end is left to post. */
export function raisePosted(tx: Tx, fact: WrongFact, now: number): void {
  raiseAlarm(tx, fact, now);
  markPosted(tx, fact);
}

/** Plans another attempt to post an alarm's beginning or end at `dueAt` (epoch ms), because one failed: `why`. */
export function postLater(tx: Tx, fact: DueFact, dueAt: number, why: string): void {
  tx.run(`UPDATE facts SET attempts = attempts + 1, due_at = :dueAt, last_error = :why ${BY_KEY}`, {
    ...fact,
    dueAt,
    why,
  });
}

/** Makes everything pending due: at start, after a jump of our calendar, and when the channel changes. */
export function makeAlarmsDue(tx: Tx, now: number): void {
  tx.run('UPDATE facts SET due_at = ? WHERE due_at IS NOT NULL', now);
}

/** Forgets what was posted, because the channel is gone. A new one gets what is open then. */
export function forgetChannel(tx: Tx): void {
  tx.run('DELETE FROM facts WHERE is_over = 1');
  tx.run('UPDATE facts SET is_told = 0, attempts = 0, last_error = NULL WHERE is_told = 1');
}

/** Drops all problems, posted or not, because the integration is revoked. */
export function clearFacts(tx: Tx): void {
  tx.run('DELETE FROM facts');
}

/**
 * Of the problems whose beginning or end the channel did not accept in `failures` attempts or more, the oldest, with
 * the last error; undefined if there is none.
 */
export function findUntold(db: Reader, failures: number) {
  return db.get<{ since: number; last_error: string }>(
    `SELECT since, last_error FROM facts WHERE ${IS_TO_POST} AND attempts >= ? ORDER BY since LIMIT 1`,
    failures,
  );
}

/** Whether both are one problem, perhaps worded differently. */
function isSame(a: WrongFact, b: WrongFact): boolean {
  return a.code === b.code && a.subject === b.subject;
}

/** Those of the first list that the second lacks. */
function without(these: readonly WrongFact[], those: readonly WrongFact[]): WrongFact[] {
  return these.filter((one) => !those.some((other) => isSame(one, other)));
}
