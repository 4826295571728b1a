/** How long deliveries wait for those that are still being let in. */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { setImmediate as nextRound } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { ConnectionBurst } from './http-server.js';

let server: Server;
let newcomers: ConnectionBurst;
beforeEach(() => {
  server = new EventEmitter() as unknown as Server;
  newcomers = new ConnectionBurst(server);
});

const arrive = (): boolean => server.emit('connection');

/** Lets somebody in each round; says after how many the wait was over, at most so many. */
async function roundsUntilQuiet(arrivals: number, most: number): Promise<number> {
  let rounds = 0;
  while (newcomers.settled() !== undefined && rounds < most) {
    if (rounds < arrivals) arrive();
    await nextRound();
    rounds += 1;
  }
  return rounds;
}

it('nobody waits on a connection that was kept', () => {
  expect(newcomers.settled()).toBeUndefined();
});

it('it is over a little after the last one', async () => {
  arrive();
  const rounds = await roundsUntilQuiet(10, 60);
  expect(rounds).toBeGreaterThanOrEqual(10);
  expect(rounds).toBeLessThan(20);
});

it('it is over after a while though they go on coming', async () => {
  arrive();
  const first = newcomers.settled();
  let rounds = 0;
  for (; newcomers.settled() === first && rounds < 1_000; rounds += 1) {
    arrive();
    await nextRound();
  }
  expect(rounds).toBeLessThan(100);
});
