import { beforeEach, expect, it } from 'vitest';
import type { StageId } from '../domain/ids.js';
import { bulkKey, BulkWindow } from './due-looks.js';

const A = 'stage-a' as StageId;
const B = 'stage-b' as StageId;
const NONE: ReadonlySet<string> = new Set();
let nowMs: number;
let window: BulkWindow;

beforeEach(() => {
  nowMs = 0;
  window = new BulkWindow({ now: () => 0, monotonicMs: () => nowMs });
});

function gatherAt(ms: number, looks: number, underWay = NONE): StageId[] {
  nowMs = ms;
  return window.collect([{ stageId: A, looks }], underWay).ready;
}

it('a bulk move is complete when it has not grown for a second', () => {
  expect([gatherAt(0, 30), gatherAt(900, 40), gatherAt(1_800, 40)]).toEqual([[], [], []]);
  expect(gatherAt(1_900, 40)).toEqual([A]);
});

it('a bulk move that keeps growing is complete after five seconds', () => {
  for (let ms = 0; ms < 5_000; ms += 500) expect(gatherAt(ms, 20 + ms)).toEqual([]);
  expect(gatherAt(5_000, 9_000)).toEqual([A]);
});

it('a bulk move that was handed out gathers again', () => {
  gatherAt(0, 30);
  expect(gatherAt(1_000, 30)).toEqual([A]);
  expect(gatherAt(1_001, 30)).toEqual([]);
});

it('a bulk move that fell apart is forgotten', () => {
  gatherAt(0, 30);
  window.collect([], NONE);
  expect(gatherAt(5_000, 30)).toEqual([]);
});

it('a stage whose bulk move is in progress is not ready, and its candidates aren’t looked at alone', () => {
  const underWay = new Set(['opportunity', bulkKey(A), bulkKey(B)]);
  gatherAt(0, 30, underWay);
  nowMs = 9_000;
  const { ready, stages } = window.collect([{ stageId: A, looks: 30 }], underWay);
  expect(ready).toEqual([]);
  expect(new Set(stages)).toEqual(new Set([A, B]));
});
