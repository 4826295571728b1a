/** The stored settings, one row each. */
import type { Database, Tx } from '../database/database.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import type { Settings } from './settings.js';

const NO_SETTINGS = new Set(['homeId', 'draftRules']);

export class SettingsStore {
  readonly #stored;
  readonly #put;
  readonly #one;

  constructor(database: Database) {
    const all = database.prepare<[], { name: string; value: string }>(
      'SELECT name, value FROM settings',
    );
    this.#stored = database.remember('settings', () => parseStored(all.all()));
    this.#one = database.prepare<[string], { value: string }>(
      'SELECT value FROM settings WHERE name = ?',
    );
    this.#put = database.prepareWrite<[string, string]>(
      `INSERT INTO settings (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
  }

  load(): Readonly<Partial<Settings>> {
    return this.#stored();
  }

  save(tx: Tx, settings: Partial<Settings>): void {
    for (const [name, value] of Object.entries(settings))
      this.#put.run(tx, name, JSON.stringify(value));
  }

  /** The name of this data directory's key file, chosen when the database is created. */
  findHomeId(): string | undefined {
    return this.#one.get('homeId')?.value;
  }

  /** Rules that were answered in `setup` and are not active yet, as they were written. */
  loadDraftRules(): RuleSpec[] {
    const row = this.#one.get('draftRules');
    return row === undefined ? [] : (JSON.parse(row.value) as RuleSpec[]);
  }

  saveDraftRules(tx: Tx, rules: readonly RuleSpec[]): void {
    this.#put.run(tx, 'draftRules', JSON.stringify(rules));
  }

  saveHomeId(tx: Tx, homeId: string): void {
    this.#put.run(tx, 'homeId', homeId);
  }
}

function parseStored(rows: readonly { name: string; value: string }[]): Partial<Settings> {
  const settings = rows.filter(({ name }) => !NO_SETTINGS.has(name));
  return Object.fromEntries(
    settings.map(({ name, value }) => [name, JSON.parse(value) as unknown]),
  );
}
