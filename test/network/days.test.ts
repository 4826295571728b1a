/** A vendor that fails for days: how often it is called, and that everything is done in the end. */
import { expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { DAY, History, HOUR, MINUTE, SECOND } from '../rigs/history.js';

const DAYS = isFull ? 5 : 0.5;
const WRITE = { method: 'POST', route: '/v1/opportunities/:id/addLinks' } as const;

/** So exactly each wait is seen: of the first minutes, and later. */
const FINE_MS = 5 * SECOND;
const COARSE_MS = 5 * MINUTE;

/** How long each wait between two tries is, over that many days. */
async function waits({ bridge, lever }: History, id: string): Promise<number[]> {
  const beganAt = bridge.clock.now();
  while (bridge.clock.now() < beganAt + DAYS * DAY) {
    bridge.clock.advance(bridge.clock.now() < beganAt + HOUR / 3 ? FINE_MS : COARSE_MS);
    await bridge.settle();
  }
  // The daily checks try the right to write where nobody is.
  const tries = lever.requests.list(WRITE).filter(({ path }) => path.includes(id));
  return tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0));
}

it('a link that Lever fails to store is tried less and less often, never twice at the same pace, and written in the end', async () => {
  const paces = [];
  for (const seed of [1, 2]) {
    const history = await History.begin();
    history.bridge.take({ seed, latencyMs: 5 });
    history.lever.faults.set({ kind: '5xx', when: 'before', status: 500, ...WRITE });
    const id = await history.arrives();
    const pace = await waits(history, id);
    expect(Math.max(...pace)).toBeLessThanOrEqual(HOUR + COARSE_MS);
    expect(Math.min(...pace.slice(14))).toBeGreaterThanOrEqual(0.75 * HOUR - COARSE_MS);
    expect(pace.length).toBeLessThan(14 + DAYS * 33);
    expect(history.problems()).toContain('link_refused');
    history.lever.faults.clear();
    await history.later(HOUR);
    expect(history.invitations(id)).toEqual(['Backend linked']);
    expect(history.linksOf(id)).toHaveLength(1);
    paces.push(pace.slice(0, 10));
  }
  expect(paces[0]).not.toEqual(paces[1]);
});
