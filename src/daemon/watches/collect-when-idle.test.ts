import { constants, PerformanceObserver, type NodeGCPerformanceDetail } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { collectWhenIdle } from './collect-when-idle.js';

it('collects without being short of memory, once there is enough to collect', async () => {
  let asked = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { flags } = (entry as unknown as { detail: NodeGCPerformanceDetail }).detail;
      if (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) asked += 1;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const end = collectWhenIdle(10);
  try {
    await expect.poll(() => asked).toBeGreaterThan(0);
    const before = asked;
    new Array<number>(4_000_000).fill(1);
    await expect.poll(() => asked).toBeGreaterThan(before);
  } finally {
    end();
    observer.disconnect();
  }
});
