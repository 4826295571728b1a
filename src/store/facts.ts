/**
 * What is wrong, as far as our other tables don't say it: what a check found, until it passes, and what the admin's
 * channel heard of, until it hears that it’s over. One row may be both.
 */
import type { Vendor } from '../domain/errors.js';
import type { Problem, ProblemCode } from '../domain/problem.js';
import type { Reader, Tx } from './database/database.js';

/** A problem. `code` and `subject` identify it. Contains no address, e-mail or link. */
export interface WrongFact {
  code: ProblemCode;
  /** Tells problems with the same code apart; empty if there is only one. */
  subject: string;
  vendor: Vendor | null;
  level: Problem['level'];
  what: string;
  fix: string;
}

export interface FoundFact extends WrongFact {
  /** The check that found it and can end it. */
  check_id: string;
  /** Epoch ms. */
  since: number;
}

const COLUMNS = 'code, subject, vendor, level, what, fix';
const VALUES = ':code, :subject, :vendor, :level, :what, :fix';
/** The row of one fact: code and subject are its key. */
const BY_KEY = 'WHERE code = :code AND subject = :subject';

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
  const before = listFound(tx).filter(({ check_id: id }) => id === checkId);
  for (const gone of without(before, found)) {
    // One that the channel heard of stays, without the check, until the channel hears that it's over.
    tx.run(`DELETE FROM facts ${BY_KEY} AND is_reported = 0`, gone);
    tx.run(`UPDATE facts SET check_id = NULL ${BY_KEY}`, gone);
  }
  for (const one of found) {
    // A row without a check is there only because the channel heard of it: found now, the problem began now.
    tx.run(
      `INSERT INTO facts (${COLUMNS}, since, check_id) VALUES (${VALUES}, :now, :checkId)
       ON CONFLICT DO UPDATE SET check_id = excluded.check_id, level = excluded.level, what = excluded.what,
         fix = excluded.fix, since = iif(check_id IS NULL, excluded.since, since)`,
      { ...one, now, checkId },
    );
  }
}

/** Problems that were reported to the channel, and whose end wasn't yet; the oldest first. */
export function listReported(db: Reader): WrongFact[] {
  return db.all<WrongFact>(
    `SELECT ${COLUMNS} FROM facts WHERE is_reported = 1 ORDER BY since, code, subject`,
  );
}

/** Records that a problem was reported to the channel. */
export function markReported(tx: Tx, fact: WrongFact, now: number): void {
  tx.run(
    `INSERT INTO facts (${COLUMNS}, since, is_reported) VALUES (${VALUES}, :now, 1)
     ON CONFLICT DO UPDATE SET is_reported = 1`,
    { ...fact, now },
  );
}

/** Forgets that these problems were reported: their end was reported too, or the channel is gone. */
export function forgetReported(tx: Tx, reported: readonly WrongFact[]): void {
  for (const fact of reported) {
    // A row without a check is there only because it was reported.
    tx.run(`DELETE FROM facts ${BY_KEY} AND check_id IS NULL`, fact);
    tx.run(`UPDATE facts SET is_reported = 0 ${BY_KEY}`, fact);
  }
}

/** Drops all problems, reported or not, because the integration is revoked. */
export function clearFacts(tx: Tx): void {
  tx.run('DELETE FROM facts');
}

/** Whether both are one problem, perhaps worded differently. */
function isSame(a: WrongFact, b: WrongFact): boolean {
  return a.code === b.code && a.subject === b.subject;
}

/** Those of the first list that the second lacks. */
export function without<T extends WrongFact>(these: readonly T[], those: readonly WrongFact[]) {
  return these.filter((one) => !those.some((other) => isSame(one, other)));
}
