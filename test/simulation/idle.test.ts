/** A daemon that has nothing to do. */
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { MINUTE_MS } from '../../src/domain/clock.js';
import { begin, beginnings } from '../model/begin.js';
import { Database } from '../../src/store/database/database.js';
import { SimulatedBridge } from './simulated-bridge.js';

it('looks for work without writing to the database', async () => {
  const [drawn] = fc.sample(beginnings, { numRuns: 1, seed: 1 });
  if (!drawn) throw new Error('nothing was drawn');
  const bridge = SimulatedBridge.start();
  try {
    await begin(bridge, { ...drawn, hasOther: false });
    // What its start left to do is done by then.
    await bridge.clock.pass(MINUTE_MS);
    const write = vi.spyOn(Database.prototype, 'write');
    await bridge.clock.pass(MINUTE_MS);
    expect(write).not.toHaveBeenCalled();
  } finally {
    vi.restoreAllMocks();
    await bridge.close();
  }
});
