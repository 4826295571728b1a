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
