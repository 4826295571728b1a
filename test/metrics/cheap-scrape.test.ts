// A scrape, `status`, a check of the stages, and the look for problems every other second, read what is open by an index,
// and never all that ever was.
import { listHeldOutsideRules, listVanished } from '../../src/store/candidates.js';
import { afterAll, expect, it } from 'vitest';
import { readState } from '../../src/serve/metrics/metrics-state.js';
import { Readiness } from '../../src/admin/facts/readiness.js';
import { readStatus } from '../../src/admin/status/status-report.js';
import { StoreRig } from '../rigs/store.js';
import { CHALLENGE_STAGE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const HISTORY =
  /^SCAN (?:\w+ AS )?(?:deliveries|candidates|events|invitations|writebacks|attempts|\w)$/;

const bridge = new StoreRig(temporaryFolder(), 'cheap');
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
  const statements = await statementsOf(() =>
    readState(bridge.app, new Readiness(bridge.app, () => false)),
  );
  expect(statements.length).toBeGreaterThan(5);
  const scans = statements.map((sql) => [sql, plan(sql).filter((step) => HISTORY.test(step))]);
  expect(scans.filter(([, steps]) => steps!.length > 0)).toEqual([]);
});

it('status does so too, and sorts none of those who wait', async () => {
  const statements = await statementsOf(async () => readStatus(bridge.app, { limit: 50 }));
  const steps = statements.flatMap((sql) =>
    plan(sql).filter((step) => HISTORY.test(step) || step === 'USE TEMP B-TREE FOR ORDER BY'),
  );
  expect(statements.some((sql) => sql.includes(`kind = 'hold' ORDER BY`))).toBe(true);
  expect(steps).toEqual([]);
});

it('a check of the stages goes from one stage on hold to the next', async () => {
  const { database } = bridge.app;
  bridge.addRule();
  const hold = database.connection.prepare(
    `INSERT INTO candidates (id, kind, reason, stage_id, decided_at, seen_at)
     VALUES (?, 'hold', 'no_email', ?, 5, 5)`,
  );
  hold.run('ruled', CHALLENGE_STAGE);
  for (const [at, stage] of ['a', 'z', 'a'].entries()) hold.run(`unruled-${at}`, stage);
  const statements = await statementsOf(async () => {
    expect(listHeldOutsideRules(database)).toEqual(['unruled-0', 'unruled-2', 'unruled-1']);
    expect(listVanished(database, CHALLENGE_STAGE, 6)).toEqual(['ruled']);
  });
  const steps = statements.flatMap(plan);
  expect(steps.filter((step) => step.startsWith('SCAN candidates'))).toEqual([]);
});
