/** Shapes of vendors' replies, as the database keeps them for a report. */
import { expect, it } from 'vitest';
import { Database } from '../../src/store/database/database.js';
import { migrate } from '../../src/store/database/migrate.js';
import { storeShape, storedShapes } from '../../src/store/reply-shapes.js';

it('two equal replies at once leave the shape of one', async () => {
  const database = new Database(':memory:');
  migrate(database, undefined);
  const reply = {
    vendor: 'lever',
    route: 'GET /tags',
    status: 200,
    isWrite: true,
    body: { data: [] },
  } as const;
  await storeShape(database, reply);
  const [first] = storedShapes(database);
  const wider = { ...reply, body: { data: [], hasNext: false } };
  await Promise.all([storeShape(database, wider), storeShape(database, wider)]);
  const [last] = storedShapes(database);
  expect(Object.keys(first?.shape ?? {})).not.toEqual([]);
  expect(Object.keys(last?.shape ?? {})).toEqual([...Object.keys(first?.shape ?? {}), 'hasNext']);
  database.close();
});

it('a full table takes no new shape, and still widens those that it has', async () => {
  const database = new Database(':memory:');
  migrate(database, undefined);
  const reply = { vendor: 'lever', route: 'GET /tags', isWrite: true, body: {} } as const;
  for (let status = 200; status <= 400; status += 1)
    await storeShape(database, { ...reply, status });
  await storeShape(database, { ...reply, status: 200, body: { hasNext: false } });
  const shapes = storedShapes(database);
  expect(shapes).toHaveLength(200);
  expect(Object.keys(shapes[0]?.shape ?? {})).toContain('hasNext');
  database.close();
});
