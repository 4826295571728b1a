import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { backoffMs } from '../../domain/clock.js';
import { ApiError } from '../../domain/errors.js';
import type { SweptStages } from '../../pipeline/inbox/sweep.js';
import { SweepSchedule } from './sweep-schedule.js';

const INTERVAL_MS = 300_000;
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const BROKEN = new ApiError({ vendor: 'lever', kind: 'unavailable', route: 'GET /x', reason: 'x' });

let ran: SweptStages[];
let isBroken: (stages: SweptStages) => boolean;
let heldUpMs: number;
let schedule: SweepSchedule;

beforeEach(() => {
  vi.useFakeTimers();
  ran = [];
  isBroken = () => false;
  heldUpMs = 0;
  schedule = new SweepSchedule({
    intervalMs: () => INTERVAL_MS,
    run: async (stages) => {
      ran.push(stages);
      if (isBroken(stages)) throw BROKEN;
    },
    lever: {
      remainingMs: () => heldUpMs,
      retryMs: (failures) => backoffMs(failures, 1),
      noteFailure: async () => true,
    },
    log: SILENT,
  });
});

afterEach(async () => {
  await schedule.stop();
  vi.useRealTimers();
});

async function pass(ms: number): Promise<SweptStages[]> {
  await vi.advanceTimersByTimeAsync(ms);
  return ran.splice(0);
}

it('sweeps at once, then at each interval', async () => {
  schedule.kick();
  expect(await pass(0)).toEqual(['all']);
  expect(await pass(INTERVAL_MS - 1)).toEqual([]);
  expect(await pass(1)).toEqual(['all']);
  expect(await pass(2 * INTERVAL_MS)).toEqual(['all', 'all']);
});

it('a kick begins a new interval; several during a sweep count as one', async () => {
  schedule.kick();
  schedule.kick();
  schedule.kick();
  expect(await pass(0)).toEqual(['all', 'all']);
  await pass(INTERVAL_MS - 1);
  schedule.kick();
  expect(await pass(1)).toEqual(['all']);
  expect(await pass(INTERVAL_MS - 2)).toEqual([]);
});

it('retries a failure after 1 s, 2 s, 4 s, and everything at each interval', async () => {
  isBroken = () => true;
  schedule.kick();
  expect(await pass(0)).toEqual(['all']);
  expect(await pass(1_000)).toEqual(['failed']);
  expect(await pass(2_000)).toEqual(['failed']);
  expect(await pass(4_000)).toEqual(['failed']);
  const rest = await pass(INTERVAL_MS - 7_000);
  expect(rest.filter((stages) => stages === 'all')).toHaveLength(1);
  isBroken = () => false;
  await pass(INTERVAL_MS);
  expect(await pass(2 * INTERVAL_MS)).toEqual(['all', 'all']);
});

it('waits while Lever may not be called, and a second longer, for the candidates that wait', async () => {
  heldUpMs = 60_000;
  schedule.kick();
  expect(await pass(60_999)).toEqual([]);
  heldUpMs = 0;
  expect(await pass(1)).toEqual(['all']);
});

it('does nothing once it is stopped', async () => {
  isBroken = () => true;
  schedule.kick();
  await pass(0);
  await schedule.stop();
  schedule.kick();
  expect(await pass(2 * INTERVAL_MS)).toEqual([]);
});
