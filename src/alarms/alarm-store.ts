/** Keeps the alarms in step with what is wrong, and settles what the admin's webhook was told. Each method is one durable write. */
import type { Database } from '../database/database.js';
import type { AlarmFact, AlarmNews, AlarmRows, OpenAlarm, OwedAlarm } from './alarm-rows.js';

export interface AlarmChange {
  news: AlarmNews;
  code: string;
  subject: string;
}

function keyOf({ code, subject }: { code: string; subject: string }): string {
  return `${code} ${subject}`;
}

export class AlarmStore {
  constructor(
    readonly rows: AlarmRows,
    private readonly database: Database,
  ) {}

  /** Raises what is new and cures what is gone; writes nothing when nothing changed. Returns what did. */
  async follow(facts: readonly AlarmFact[], isHeard: boolean, now: number): Promise<AlarmChange[]> {
    const open = this.rows.listOpen();
    const raised = without(facts, open);
    const cured = without(open, facts);
    if (raised.length + cured.length === 0) return [];
    await this.database.write(() => {
      for (const fact of raised) this.rows.raise(fact, now);
      for (const { id } of cured) this.rows.cure(id, isHeard, now);
    });
    return [...changes('raised', raised), ...changes('cured', cured)];
  }

  findDue(now: number): OwedAlarm | undefined {
    return this.rows.findDue(now);
  }

  /** Kept once it can be: what was posted is not to be posted again. */
  settleTold(owed: OwedAlarm, now: number): Promise<void> {
    return this.database.writePatiently(() => {
      this.rows.settleTold(owed, now);
    });
  }

  settleLater(owed: OwedAlarm, dueAt: number, why: string): Promise<void> {
    return this.database.write(() => {
      this.rows.settleLater(owed, dueAt, why);
    });
  }

  dueAtStart(now: number): Promise<void> {
    return this.database.write(() => {
      this.rows.makeDue(now);
    });
  }
}

function without<T extends { code: string; subject: string }>(
  these: readonly T[],
  those: readonly (AlarmFact | OpenAlarm)[],
): T[] {
  const keys = new Set(those.map(keyOf));
  return these.filter((one) => !keys.has(keyOf(one)));
}

function changes(news: AlarmNews, of: readonly { code: string; subject: string }[]): AlarmChange[] {
  return of.map(({ code, subject }) => ({ news, code, subject }));
}
