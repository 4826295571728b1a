/** A vendor that fails for days: how often it is called, and that everything is done in the end. */
import { afterEach, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAYS = isFull ? 5 : 0.5;
const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend';
const WRITE = { method: 'POST', route: '/v1/opportunities/:id/addLinks' } as const;

let bridge: SimulatedBridge | undefined;
const close = async (): Promise<void> => {
  await bridge?.close();
  bridge = undefined;
};
afterEach(close);

async function start(seed = 1): Promise<SimulatedBridge> {
  bridge = SimulatedBridge.start();
  bridge.simulator.codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp([RULE], 'off');
  bridge.take({ seed, latencyMs: 5 });
  return bridge;
}

const stateOf = (on: SimulatedBridge) => on.status().invitations[0]?.state;

/** So exactly each wait is seen: of the first minutes, and later. */
const FINE_MS = 5_000;
const COARSE_MS = 5 * MINUTE;

/** How long each wait between two tries is, over that many days. */
async function waits(on: SimulatedBridge, id: string): Promise<number[]> {
  const beganAt = on.clock.now();
  while (on.clock.now() < beganAt + DAYS * 24 * HOUR) {
    on.clock.advance(on.clock.now() < beganAt + HOUR / 3 ? FINE_MS : COARSE_MS);
    await on.settle();
  }
  // The daily checks try the right to write where nobody is.
  const tries = on.simulator.lever.requests.list(WRITE).filter(({ path }) => path.includes(id));
  return tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0));
}

it('a link that Lever fails to store is tried less and less often, never twice at the same pace, and written in the end', async () => {
  const paces = [];
  for (const seed of [1, 2]) {
    const on = await start(seed);
    on.simulator.lever.faults.set({ kind: '5xx', when: 'before', status: 500, ...WRITE });
    const id = await on.arrive('ada@example.com');
    const pace = await waits(on, id);
    expect(Math.max(...pace)).toBeLessThanOrEqual(HOUR + COARSE_MS);
    expect(Math.min(...pace.slice(14))).toBeGreaterThanOrEqual(0.75 * HOUR - COARSE_MS);
    expect(pace.length).toBeLessThan(14 + DAYS * 33);
    expect(on.status().integration.problems.map(({ code }) => code)).toContain('link_refused');
    on.simulator.lever.faults.clear();
    on.clock.advance(HOUR);
    await on.settle();
    expect(stateOf(on)).toBe('linked');
    expect(on.simulator.lever.opportunities.sight(id, 0).contact.links).toHaveLength(1);
    paces.push(pace.slice(0, 10));
    await close();
  }
  expect(paces[0]).not.toEqual(paces[1]);
});
