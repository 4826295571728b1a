/**
 * Gives memory back while there is nothing to do. V8 collects garbage when it needs room, which an idle daemon never
 * does: it would keep for days what one busy minute took.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SECOND_MS } from '../../domain/clock.js';

const EVERY_MS = 5 * SECOND_MS;
/** The share of the last period in which the event loop was busy. Above it a collection would delay work. */
const IDLE_SHARE = 0.1;
/** A collection takes some 30 ms of processor time: less garbage than this, in bytes, isn't worth it. */
const WORTHWHILE = 8 * 1024 * 1024;

/** Looks every `everyMs`. Returns what ends it. */
export function collectWhenIdle(everyMs = EVERY_MS): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let before = performance.eventLoopUtilization();
  let kept = 0;
  const timer = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const garbage = getHeapStatistics().used_heap_size - kept;
    if (utilization > IDLE_SHARE || garbage < WORTHWHILE) return;
    collect();
    kept = getHeapStatistics().used_heap_size;
  }, everyMs).unref();
  return () => {
    clearInterval(timer);
  };
}
