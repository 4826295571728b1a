/** A bulk move, announced by webhooks that all come at once: how many Lever calls a candidate costs. */
import { expect, it, onTestFinished } from 'vitest';
import { startInviting } from '../invitations/inviting-bridge.js';

const MOVED = 300;
/** Lever is called ten times a second. */
const MINUTES = 2;

it(`${String(MOVED)} moved at once cost at most 1.1 calls each, and each is linked once`, async () => {
  const bridge = await startInviting();
  onTestFinished(() => bridge.close());
  const { lever, codesubmit } = bridge.simulator;
  const people = Array.from({ length: MOVED }, (_, index) => ({
    name: `Mover ${String(index)}`,
    emails: [`mover-${String(index)}@example.com`],
  }));
  const about = { stageId: 'Phone screen', tags: ['codesubmit:backend'] };
  const ids = people.map((one) => lever.actions.create({ ...one, ...about }).id);
  lever.requests.clear();
  lever.actions.moveMany(ids, 'Take-home');
  bridge.haste = 0;
  for (const opportunityId of ids) {
    const { stageId: toStageId } = lever.opportunities.get(opportunityId);
    await bridge.deliver(bridge.signed({ opportunityId, toStageId }));
  }
  bridge.haste = null;
  await bridge.settle();
  await bridge.pass(MINUTES);
  const calls = lever.requests.list().length;
  expect(calls / MOVED, JSON.stringify(lever.requests.counts())).toBeLessThanOrEqual(1.1);
  const linksOf = (id: string) => lever.opportunities.sight(id, 0).contact.links.length;
  expect(ids.map(linksOf)).toEqual(ids.map(() => 1));
  expect(codesubmit.invitationCounts().map(({ count }) => count)).toEqual(ids.map(() => 1));
  expect(bridge.callsAboveLimit).toBe(0);
});
