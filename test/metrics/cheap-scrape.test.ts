// A scrape, `status` and the look for problems every other second read what is open by an index, and never all that ever was.
import { afterAll, expect, it } from 'vitest';
import { Metrics } from '../../src/serve/metrics.js';
import { watchReadiness } from '../../src/serve/loops/trouble-rounds.js';
import { readStatus } from '../../src/admin/status.js';
import { StoreRig } from '../rigs/store.js';

const HISTORY =
  /^SCAN (?:\w+ AS )?(?:deliveries|candidates|events|invitations|writebacks|attempts|\w)$/;

const bridge = new StoreRig();
afterAll(() => bridge.close());

/** The statements that are prepared while `happen` runs. */
async function statementsOf(happen: () => Promise<unknown>): Promise<string[]> {
  const { connection } = bridge.app.database;
  const prepare = connection.prepare.bind(connection);
  const seen = new Set<string>();
  connection.prepare = (sql: string) => {
    seen.add(sql);
    return prepare(sql);
  };
  await happen();
  connection.prepare = prepare;
  return [...seen];
}

function plan(sql: string): string[] {
  const values = Array.from(sql.matchAll(/\?/g), () => null);
  const names = [...sql.matchAll(/[:@](\w+)/g)].map(([, name]) => [name, null]);
  return bridge.app.database.connection
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values, ...(names.length > 0 ? [Object.fromEntries(names)] : []))
    .map(({ detail }) => detail);
}

it('goes by an index to every row of a table that grows', async () => {
  const statements = await statementsOf(async () => {
    const reasons = await watchReadiness(bridge.app, () => false)();
    await new Metrics().show(bridge.app, reasons.length === 0);
  });
  expect(statements.length).toBeGreaterThan(5);
  const scans = statements.map((sql) => [sql, plan(sql).filter((step) => HISTORY.test(step))]);
  expect(scans.filter(([, steps]) => steps!.length > 0)).toEqual([]);
});

it('status does so too, and sorts none of those who wait', async () => {
  const statements = await statementsOf(async () => readStatus(bridge.app, { limit: 50 }));
  const steps = statements.flatMap((sql) =>
    plan(sql).filter((step) => HISTORY.test(step) || step === 'USE TEMP B-TREE FOR ORDER BY'),
  );
  expect(steps).toEqual([]);
});
