/**
 * Two data directories on the same accounts, each with a daemon: each finds the challenges that the
 * other has sent.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { RULE, startInviting } from './inviting-bridge.js';

let one: SimulatedBridge;
let other: SimulatedBridge;
beforeEach(async () => {
  one = await startInviting();
  other = one.beside('');
  await other.setUp([RULE], 'off');
});
afterEach(() => one.close());

const codesubmit = () => one.simulator.codesubmit;
const sentTo = (email: string) =>
  codesubmit().invitations.filter((invitation) => invitation.email === email).length;

async function see(bridge: SimulatedBridge, id: string): Promise<string | undefined> {
  const { stageId: toStageId } = bridge.simulator.lever.opportunities.get(id);
  await bridge.deliver(bridge.signed({ opportunityId: id, toStageId }));
  return bridge.status().invitations.find(({ opportunityId }) => opportunityId === id)?.state;
}

it.each([1, 50])('a move seen 20 s apart is sent once, with %i rows a page', async (pageSize) => {
  codesubmit().switches.pageSize = pageSize;
  for (const name of ['grace', 'bo', 'cy']) {
    await one.arrive(`${name}@example.com`);
    one.clock.advance(1_000);
  }
  // The other one now has a copy of the list, which lacks the next challenge.
  await other.arrive('di@example.com');
  one.clock.advance(1_000);
  const id = await one.arrive('ada@example.com');
  one.clock.advance(20_000);
  expect(await see(other, id)).toBe('linked');
  expect(sentTo('ada@example.com')).toBe(1);
  const [link] = other.status().invitations.map((invitation) => invitation.link);
  expect(one.simulator.lever.opportunities.sight(id, 0).contact.links).toEqual([link]);
});
