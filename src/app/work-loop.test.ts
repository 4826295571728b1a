import { expect, it } from 'vitest';
import { SILENT_LOG } from '../domain/log.js';
import { WorkLoop } from './work-loop.js';

/** Hands out `count` items as a store that writes a claim for each: one that is dropped is lost. */
function loopOver(count: number, concurrency: number) {
  const waiting = Array.from({ length: count }, (_, index) => `item ${String(index)}`);
  const handled: string[] = [];
  let largest = 0;
  let underWay = 0;
  let finish!: () => void;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const loop = new WorkLoop<string>({
    name: 'test',
    concurrency,
    pollMs: 1,
    claim: async (limit) => waiting.splice(0, limit),
    keyOf: (item) => item,
    handle: async (item) => {
      largest = Math.max(largest, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      handled.push(item);
      if (handled.length === count) finish();
    },
    log: SILENT_LOG,
  });
  return { loop, handled, largestAtOnce: () => largest, done };
}

it('handles whatever it claimed: a claim that is dropped would never be settled', async () => {
  const { loop, handled, largestAtOnce, done } = loopOver(40, 8);
  loop.start();
  await done;
  await loop.drain();
  expect(handled).toHaveLength(40);
  expect(new Set(handled).size).toBe(40);
  expect(largestAtOnce()).toBeLessThanOrEqual(8);
});

it('settles what was claimed while it is told to drain', async () => {
  const { loop, handled } = loopOver(8, 8);
  loop.start();
  await loop.drain();
  expect(handled).toHaveLength(8);
});
