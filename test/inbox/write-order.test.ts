/**
 * A decision, its invitation and the settled report are one transaction: a machine that dies between any two of them
 * loses nothing, although no check of the stages comes.
 */
import { expect, it } from 'vitest';
import { History, SECOND } from '../rigs/history.js';

let history: History;

// Between the intent and the call, at 13 to 15, the outcome is unknown.
it.each([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16])('died at moment %i', async (moment) => {
  history = await History.begin();
  const { bridge, lever } = history;
  lever.faults.set({ kind: '5xx', when: 'before', route: '/v1/opportunities' });
  const id = history.creates();
  const { stageId } = lever.actions.move(id, 'Take-home');
  const report = bridge.signed({ opportunityId: id, toStageId: stageId });
  bridge.haste = 2 * SECOND;
  await bridge.crashDuring(moment, () => bridge.deliver(report));
  lever.faults.set({ kind: '5xx', when: 'before', route: '/v1/opportunities' });
  // Lever sends once more what it got no 200 for.
  await bridge.deliver(report);
  bridge.haste = null;
  await history.passes(5);
  expect(history.linksOf(id)).toHaveLength(1);
  expect(history.codesubmit.invitationCounts()).toMatchObject([{ count: 1 }]);
});
