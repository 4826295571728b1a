/** Seals again, bound to their places, the values that a version before the binding had sealed. */
import type { Database } from '../database/database.js';
import type { Sealer } from './sealer.js';
import { bindingStatements, type SealedPlace } from './sealed-places.js';

/**
 * All in one transaction, when the home is opened under its lock. What doesn't open was sealed under another key and
 * stays as it is; as long as nothing opens, the right key may still come.
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
