/** How long deliveries wait for connections still arriving. */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { setImmediate as nextRound } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionBurst } from './http-server.js';

let server: Server;
let newcomers: ConnectionBurst;
/** What one look at the clock takes, in ms. */
let msPerLook: number;
beforeEach(() => {
  let nowMs = 0;
  msPerLook = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += msPerLook));
  server = new EventEmitter() as unknown as Server;
  newcomers = new ConnectionBurst(server);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const arrive = (): boolean => server.emit('connection');

/** A connection arrives in each round; returns the round that ended the wait, `most` if none did. */
async function roundsUntilQuiet(arrivals: number, most: number): Promise<number> {
  let rounds = 0;
  while (newcomers.settled() !== undefined && rounds < most) {
    if (rounds < arrivals) arrive();
    await nextRound();
    rounds += 1;
  }
  return rounds;
}

it('a kept connection waits for nothing', () => {
  expect(newcomers.settled()).toBeUndefined();
});

it('it ends shortly after the last one', async () => {
  arrive();
  const rounds = await roundsUntilQuiet(10, 60);
  expect(rounds).toBeGreaterThanOrEqual(10);
  expect(rounds).toBeLessThan(20);
});

it.each([0, 5])('it ends although they go on coming, each round taking %d ms', async (ms) => {
  msPerLook = ms;
  arrive();
  const first = newcomers.settled();
  let rounds = 0;
  for (; newcomers.settled() === first && rounds < 1_000; rounds += 1) {
    arrive();
    await nextRound();
  }
  expect(rounds).toBeGreaterThan(ms === 0 ? 60 : 0);
  expect(rounds).toBeLessThan(ms === 0 ? 100 : 10);
});
