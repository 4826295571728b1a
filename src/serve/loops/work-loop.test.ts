import { describe, expect, it, vi } from 'vitest';
import { messageOf } from '../../domain/errors.js';
import { SILENT_LOG } from '../../domain/log.js';
import { WorkLoop } from './work-loop.js';

/** Hands out `count` items like a store that writes a claim for each: a dropped item is lost. */
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
    release: async () => undefined,
    log: SILENT_LOG,
  });
  return { loop, handled, largestAtOnce: () => largest, done };
}

/** Handling fails for every item; the first `busy` releases fail too. */
function failingLoop(items: string[], busy: number) {
  const released: string[] = [];
  const tried: string[] = [];
  const loop = new WorkLoop<string>({
    name: 'test',
    concurrency: 1,
    pollMs: 1,
    claim: async (limit) => items.splice(0, limit),
    keyOf: (item) => item,
    handle: async (item) => {
      throw new Error(`${item} failed`);
    },
    release: async (item, error) => {
      tried.push(item);
      if (tried.length <= busy) throw new Error('busy');
      released.push(messageOf(error));
    },
    log: SILENT_LOG,
  });
  return { loop, released, tried };
}

it('handles whatever it claimed, because a dropped claim would never be settled', async () => {
  const { loop, handled, largestAtOnce, done } = loopOver(40, 8);
  loop.start();
  await done;
  await loop.drain();
  expect(handled).toHaveLength(40);
  expect(new Set(handled).size).toBe(40);
  expect(largestAtOnce()).toBeLessThanOrEqual(8);
});

it('settles what was claimed while it drains', async () => {
  const { loop, handled } = loopOver(8, 8);
  loop.start();
  await loop.drain();
  expect(handled).toHaveLength(8);
});

describe.concurrent('an item whose handling throws', () => {
  it('has its claim released as soon as that can be written, and no other item waits for it', async ({
    expect,
  }) => {
    const { loop, released, tried } = failingLoop(['a', 'b'], 2);
    loop.start();
    await vi.waitFor(() => {
      expect(tried).toEqual(['a', 'b']);
    }, 100_000);
    await vi.waitFor(() => {
      expect(released).toEqual(['a failed', 'b failed']);
    }, 100_000);
    await loop.drain();
    expect(tried).toEqual(['a', 'b', 'a', 'b']);
  });

  it('is left to the next start when the loop ends before it can be written', async ({
    expect,
  }) => {
    const { loop, released, tried } = failingLoop(['a'], Infinity);
    loop.start();
    await loop.drain();
    expect([tried, released]).toEqual([['a'], []]);
  });
});
