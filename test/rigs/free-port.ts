/** Ports for servers of a test that must know theirs before they listen. */
import { createServer } from 'node:net';

/** Below the range that the system picks from, so no other socket takes it meanwhile. */
const FIRST = 20_000;
/** Each of vitest's workers has its own, so that no two draw the same. */
const PER_WORKER = 3_000;
const WORKERS = 4;

const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;
let next = Math.floor(Math.random() * PER_WORKER);

export async function freePort(): Promise<number> {
  for (;;) {
    next = (next + 1) % PER_WORKER;
    const port = FIRST + worker * PER_WORKER + next;
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => {
      server.close(() => resolve(true));
    });
  });
}
