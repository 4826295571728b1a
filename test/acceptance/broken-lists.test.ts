// Broken vendor replies to lists crash neither the daemon nor `setup`. Once they are fixed, the
// work is done.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replies } from './broken-replies.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.running();
  await world.sentinel();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

test.for<['lever' | 'codesubmit', string]>([
  ['lever', 'GET /v1/opportunities'],
  ['lever', 'GET /v1/stages'],
  ['codesubmit', 'GET /api/external/candidates'],
  ['codesubmit', 'GET /api/external/tests'],
  ['codesubmit', 'GET /api/external/me'],
])('%s: broken replies to %s', async ([vendor, route]) => {
  let answered = 0;
  const off = world[vendor].hook(route, () => replies[answered++ % replies.length]?.[1]);
  const people = [await world.arrive(), await world.arrive()];
  for (let kick = 0; kick < 2; kick++) await world.kickSweep();
  off();
  expect(world.daemon.isOver).toBe(false);
  await world.kickSweep();
  for (const person of people) {
    await world.untilLinked(person);
    expect(world.sentTo(person)).toHaveLength(1);
  }
});

test('setup reports broken replies, and never shows a stack', async () => {
  for (const [vendor, route] of [
    ['lever', 'GET /v1/stages'],
    ['codesubmit', 'GET /api/external/tests'],
  ] as const) {
    for (const index of [0, 3, 9, 11]) {
      const off = world[vendor].hook(route, () => replies[index]?.[1]);
      const { code, stderr } = await world.bridge.run(...world.setupArguments());
      off();
      expect(code, replies[index]?.[0]).toBe(1);
      expect(stderr).toContain('codesubmit-lever setup');
      expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
    }
  }
});

test('afterwards the daemon still works and stops cleanly', async () => {
  await world.sentinel();
  expect((await world.daemon.stop()).code).toBe(0);
});
