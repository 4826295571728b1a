/**
 * Encrypts again, bound to their places, the values that a version without binding had encrypted.
 */
import type { Database } from '../database/database.js';
import type { Sealer } from './sealer.js';
import { bindingStatements, type SealedPlace } from './sealed-places.js';

/**
 * Runs in one transaction when the data directory is opened under its lock. Values that don't
 * decrypt belong to another key and stay as they are. While none decrypts, the right key may still
 * come.
 */
export function bindSealed({ connection }: Database, sealer: Sealer): void {
  const isWanted = connection.prepare('SELECT unbound_secrets FROM integration').pluck();
  if (isWanted.get() === 0) return;
  const found = { bound: 0, left: 0 };
  const bind = (column: unknown, row: unknown, sealed: unknown): unknown => {
    const place = { column, row: JSON.parse(row as string) as unknown } as SealedPlace;
    const bound = sealer.bind(sealed as Buffer, place);
    found[bound === null ? 'left' : 'bound'] += 1;
    return bound ?? sealed;
  };
  connection.function('bind_sealed', { directOnly: true }, bind);
  const bindAll = connection.transaction(() => {
    for (const sql of bindingStatements()) connection.prepare(sql).run();
    if (found.bound === 0 && found.left > 0) return;
    connection.prepare('UPDATE integration SET unbound_secrets = 0').run();
  });
  bindAll.immediate();
}
