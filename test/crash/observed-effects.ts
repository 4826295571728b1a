/**
 * Records every effect of the daemon from outside: rows by triggers in its database, requests by
 * the taps.
 */
import type { HomeFile } from '../rigs/home-file.js';
import type { DeliveryRun } from './delivery-run.js';

/** Written along with rows that matter; nothing depends on these alone. */
const BOOKKEEPING = new Set([
  ...['counts', 'integration', 'rate', 'observed', 'sent_challenges', 'sent_list', 'reply_shapes'],
]);

/** The name of an effect on a row; the table's name by default. */
const NAMES: Record<string, string> = {
  invitations: `'invitations ' || NEW.state`,
  attempts: `'attempts ' || NEW.effect`,
  webhooks: `'webhooks ' || NEW.state`,
  writebacks: `'writebacks ' || iif(NEW.claim IS NULL, NEW.state, 'claimed')`,
};

/** Every row written into these tables from now on. */
export function observeRows(file: HomeFile, tables: readonly string[]): void {
  file.exec('CREATE TABLE observed (effect TEXT NOT NULL)');
  for (const name of tables) {
    const effect = NAMES[name] ?? `'${name}'`;
    for (const change of ['INSERT', 'UPDATE']) {
      file.exec(`CREATE TRIGGER observe_${name}_${change} AFTER ${change} ON ${name}
        BEGIN INSERT INTO observed VALUES (${effect}); END`);
    }
  }
}

/** Each kind once. */
export function observedRows(file: HomeFile): string[] {
  return file
    .all<{ effect: string }>('SELECT DISTINCT effect FROM observed')
    .map(({ effect }) => effect);
}

export class ObservedEffects {
  readonly #requestsBefore: { lever: number; codesubmit: number };

  /** Starts to observe. */
  constructor(private readonly cell: DeliveryRun) {
    const { file, lever, codesubmit } = cell.tapped;
    const tables = file
      .all<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
      )
      .map(({ name }) => name);
    observeRows(
      file,
      tables.filter((name) => !BOOKKEEPING.has(name)),
    );
    this.#requestsBefore = { lever: lever.seen.length, codesubmit: codesubmit.seen.length };
  }

  /** Each kind once, sorted. */
  list(): string[] {
    const { file, lever, codesubmit } = this.cell.tapped;
    const requests = [
      ...lever.seen.slice(this.#requestsBefore.lever),
      ...codesubmit.seen.slice(this.#requestsBefore.codesubmit),
    ];
    const asked = requests.map(
      ({ method, path }) => `${method} ${path.replace(this.cell.person.id, ':id')}`,
    );
    return [...new Set([...observedRows(file), ...asked])].sort();
  }
}
