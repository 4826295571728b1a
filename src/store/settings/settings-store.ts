/** The stored settings, one row each. */
import { AppError } from '../../domain/errors.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import type { Database, Tx } from '../database/database.js';
import type { Settings } from './settings.js';

/** What the table contains beside settings. */
const OTHER_VALUES = new Set(['homeId', 'keyMark', 'draftRules']);
/** The form of the data directory's id, which names the key's file: that must not be outside its folder. */
const HOME_ID = /^[0-9a-f]{24}$/;

interface StoredValue {
  name: string;
  value: string;
}

export class SettingsStore {
  readonly #stored;

  constructor(private readonly database: Database) {
    this.#stored = database.remember(['settings'], () => parseStored(this.#all()));
  }

  #all(): StoredValue[] {
    return this.database.all('SELECT name, value FROM settings');
  }

  #find(name: string): string | undefined {
    const sql = 'SELECT value FROM settings WHERE name = ?';
    return this.database.get<{ value: string }>(sql, name)?.value;
  }

  #put(tx: Tx, name: string, value: string): void {
    tx.run(
      `INSERT INTO settings (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      name,
      value,
    );
  }

  load(): Readonly<Partial<Settings>> {
    return this.#stored();
  }

  save(tx: Tx, settings: Partial<Settings>): void {
    for (const [name, value] of Object.entries(settings)) {
      this.#put(tx, name, JSON.stringify(value));
    }
  }

  /**
   * The id that names this data directory's key file, chosen with the key by the first `setup`. Throws `configuration`
   * when its form isn't ours.
   */
  findHomeId(): string | undefined {
    const homeId = this.#find('homeId');
    if (homeId === undefined || HOME_ID.test(homeId)) return homeId;
    throw new AppError(
      'configuration',
      'The database names a key file that this program never made.',
      'The database was altered. Put back a copy: codesubmit-lever restore FILE',
    );
  }

  /** Rules that were answered in `setup` and are not active yet, as written. */
  loadDraftRules(): RuleSpec[] {
    return JSON.parse(this.#find('draftRules') ?? '[]') as RuleSpec[];
  }

  saveDraftRules(tx: Tx, rules: readonly RuleSpec[]): void {
    this.#put(tx, 'draftRules', JSON.stringify(rules));
  }

  /** A hash made with the encryption key, by which it is told from any other key. */
  findKeyMark(): string | undefined {
    return this.#find('keyMark');
  }

  saveKey(tx: Tx, homeId: string, keyMark: string): void {
    this.#put(tx, 'homeId', homeId);
    this.#put(tx, 'keyMark', keyMark);
  }
}

function parseStored(rows: readonly StoredValue[]): Partial<Settings> {
  const settings = rows.filter(({ name }) => !OTHER_VALUES.has(name));
  return Object.fromEntries(
    settings.map(({ name, value }) => [name, JSON.parse(value) as unknown]),
  );
}
