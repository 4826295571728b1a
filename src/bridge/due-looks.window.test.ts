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

it('a bulk move that keeps growing is complete after five seconds', () => {
  for (let ms = 0; ms < 5_000; ms += 500) expect(gatherAt(ms, 20 + ms)).toEqual([]);
  expect(gatherAt(5_000, 9_000)).toEqual([A]);
});

it('a stage whose bulk move is in progress is not ready, and its candidates aren’t looked at alone', () => {
  const underWay = new Set(['opportunity', bulkKey(A), bulkKey(B)]);
  gatherAt(0, 30, underWay);
  nowMs = 9_000;
  const { ready, stages } = window.collect([{ stageId: A, looks: 30 }], underWay);
  expect(ready).toEqual([]);
  expect(new Set(stages)).toEqual(new Set([A, B]));
});
