/**
 * Keeps the alarms in step with the problems, and tracks what must still be posted to the admin's webhook.
 *
 *   raised, owed ──posted──▶ raised ──resolved──▶ cured, owed ──posted──▶ gone
 *        │                                            ▲
 *        └──────resolved before posted, then posted───┘
 */
import type { Database, Tx } from '../database/database.js';

/** What is wrong: `code` and `subject` identify the event. Contains no address, e-mail or link. */
export interface AlarmFact {
  code: string;
  /** Which of several with one code; empty if there is only one. */
  subject: string;
  what: string;
  fix: string;
}

export type AlarmNews = 'raised' | 'cured';

export interface OpenAlarm extends AlarmFact {
  id: number;
}

export interface OwedAlarm extends AlarmFact {
  id: number;
  owes: AlarmNews;
  /** Attempts that failed. */
  attempts: number;
}

/** What the webhook has not accepted for a while. */
export interface Untold {
  since: number;
  error: string;
}

export class AlarmStore {
  readonly #open;
  readonly #due;

  constructor(private readonly database: Database) {
    this.#open = database.prepare<[], OpenAlarm>(
      'SELECT id, code, subject, what, fix FROM alarms WHERE cured_at IS NULL',
    );
    this.#due = database.prepare<[number], OwedAlarm>(
      `SELECT id, code, subject, what, fix, owes, attempts FROM alarms
       WHERE owes IS NOT NULL AND due_at <= ? ORDER BY due_at, id LIMIT 1`,
    );
  }

  /**
   * Raises new problems and resolves those that are gone. Writes nothing when nothing changed.
   * Returns the changes.
   */
  async follow(facts: readonly AlarmFact[], isHeard: boolean, now: number): Promise<AlarmChange[]> {
    const open = this.listOpen();
    const raised = without(facts, open);
    const cured = without(open, facts);
    if (raised.length + cured.length === 0) return [];
    await this.database.write((tx) => {
      for (const fact of raised) this.raise(tx, fact, now);
      for (const { id } of cured) this.cure(tx, id, isHeard, now);
    });
    return [...changes('raised', raised), ...changes('cured', cured)];
  }

  listOpen(): OpenAlarm[] {
    return this.#open.all();
  }

  raise(tx: Tx, { code, subject, what, fix }: AlarmFact, now: number): void {
    this.database
      .prepareWrite(
        `INSERT INTO alarms (code, subject, what, fix, raised_at, due_at, owes)
         VALUES (?, ?, ?, ?, ?, ?, 'raised')`,
      )
      .run(tx, code, subject, what, fix, now, now);
  }

  /** With `isHeard` the resolution is posted too, after what is pending. */
  cure(tx: Tx, id: number, isHeard: boolean, now: number): void {
    const sql = isHeard
      ? `UPDATE alarms SET cured_at = :now, due_at = iif(owes IS NULL, :now, due_at),
           attempts = iif(owes IS NULL, 0, attempts), owes = coalesce(owes, 'cured') WHERE id = :id`
      : 'DELETE FROM alarms WHERE id = :id AND :now > 0';
    this.database.prepareWrite(sql).run(tx, { id, now });
  }

  findDue(now: number): OwedAlarm | undefined {
    return this.#due.get(now);
  }

  settleSent(tx: Tx, { id, owes }: OwedAlarm, now: number): void {
    const sql =
      owes === 'cured'
        ? 'DELETE FROM alarms WHERE id = :id AND :now > 0'
        : `UPDATE alarms SET owes = iif(cured_at IS NULL, NULL, 'cured'), attempts = 0, due_at = :now,
             last_error = NULL WHERE id = :id`;
    this.database.prepareWrite(sql).run(tx, { id, now });
  }

  settleLater(tx: Tx, { id }: OwedAlarm, dueAt: number, why: string): void {
    this.database
      .prepareWrite(
        'UPDATE alarms SET attempts = attempts + 1, due_at = ?, last_error = ? WHERE id = ?',
      )
      .run(tx, dueAt, why, id);
  }

  /** Everything pending becomes due: at start, after a jump of our calendar, and when the alarm address changes. */
  makeDue(tx: Tx, now: number): void {
    this.database.prepareWrite('UPDATE alarms SET due_at = ? WHERE owes IS NOT NULL').run(tx, now);
  }

  clear(tx: Tx): void {
    this.database.prepareWrite('DELETE FROM alarms').run(tx);
  }

  /** The oldest that the webhook did not accept in several attempts. */
  findUntold(failures: number): Untold | undefined {
    return this.database
      .prepare<[number], Untold>(
        `SELECT coalesce(cured_at, raised_at) AS since, last_error AS error FROM alarms
         WHERE owes IS NOT NULL AND attempts >= ? ORDER BY id LIMIT 1`,
      )
      .get(failures);
  }
}

export interface AlarmChange {
  news: AlarmNews;
  fact: AlarmFact;
}

function keyOf({ code, subject }: { code: string; subject: string }): string {
  return `${code} ${subject}`;
}

function without<T extends { code: string; subject: string }>(
  these: readonly T[],
  those: readonly AlarmFact[],
): T[] {
  const keys = new Set(those.map(keyOf));
  return these.filter((one) => !keys.has(keyOf(one)));
}

function changes(news: AlarmNews, of: readonly AlarmFact[]): AlarmChange[] {
  return of.map(({ code, subject, what, fix }) => ({ news, fact: { code, subject, what, fix } }));
}
