// What a bare server reaches with the same deliveries: fastify reads and parses the body, checks the signature and, by
// `mode`, keeps it before it answers. Prints its port.
//
//   node bench/bare-server.js signature|turn|commit SIGNING_TOKEN [DATABASE]
//
//   signature  keeps nothing
//   turn       one transaction for all deliveries of a turn of the event loop, its commit synced
//   commit     one such transaction for each delivery
import { createHmac, timingSafeEqual } from 'node:crypto';
import BetterSqlite3 from 'better-sqlite3';
import Fastify from 'fastify';

const [, , mode, signingToken, file] = process.argv;

function identify({ token, triggeredAt, signature }) {
  const identity = createHmac('sha256', signingToken)
    .update(token + String(triggeredAt))
    .digest();
  return timingSafeEqual(identity, Buffer.from(signature, 'hex')) ? identity : undefined;
}

function openStore() {
  const database = new BetterSqlite3(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // The row that the daemon keeps, with its key and index.
  database.exec(`CREATE TABLE deliveries (identity BLOB NOT NULL, event TEXT NOT NULL, opportunity_id TEXT,
    to_stage_id TEXT, triggered_at INTEGER NOT NULL, received_at INTEGER NOT NULL, outcome TEXT NOT NULL,
    UNIQUE (triggered_at, identity)) STRICT;
    CREATE INDEX deliveries_opportunity ON deliveries (opportunity_id, received_at)`);
  const insert = database.prepare('INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertAll = database.transaction((rows) => {
    for (const row of rows) insert.run(...row);
  });
  return { insertAll };
}

const store = mode === 'signature' ? undefined : openStore();
let arrived = [];

function keepWithTurn(row) {
  return new Promise((resolve, reject) => {
    if (arrived.length === 0) setImmediate(keepTurn);
    arrived.push({ row, resolve, reject });
  });
}

function keepTurn() {
  const turn = arrived;
  arrived = [];
  try {
    store.insertAll(turn.map(({ row }) => row));
    for (const { resolve } of turn) resolve();
  } catch (error) {
    for (const { reject } of turn) reject(error);
  }
}

const server = Fastify();
server.post('/webhooks/lever/:id', async ({ body }, reply) => {
  const identity = identify(body);
  if (identity === undefined) return reply.code(401).send('no');
  const { event, triggeredAt, data } = body;
  const row = [
    identity,
    event,
    data.opportunityId,
    data.toStageId,
    triggeredAt,
    Date.now(),
    'look',
  ];
  if (mode === 'turn') await keepWithTurn(row);
  if (mode === 'commit') store.insertAll([row]);
  return 'ok';
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${server.server.address().port}\n`);
