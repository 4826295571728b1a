/** One delivery, however often and whenever it comes again, is one, always a 200, and one invitation. */
import { expect, it } from 'vitest';
import { DAY, History, RULE } from '../rigs/history.js';

it('64 times at once, after a restart, weeks later, and after its candidate was erased', async () => {
  const history = await History.begin({ rules: [`${RULE};reuse-days=30`] });
  const { bridge, lever } = history;
  const id = history.creates();
  const { stageId } = lever.actions.move(id, 'Take-home');
  const body = bridge.signed({ opportunityId: id, toStageId: stageId });
  const deliverAgain = async (): Promise<void> => {
    await bridge.deliver(body);
    const { entries } = bridge.timeline(id);
    expect(entries.filter(({ what }) => what === 'delivery')).toHaveLength(1);
    expect(history.sent()).toHaveLength(1);
    expect(history.linksOf(id)).toHaveLength(1);
  };
  await Promise.all(Array.from({ length: 64 }, () => bridge.deliver(body)));
  await deliverAgain();
  await bridge.restart();
  await deliverAgain();
  for (const days of [14, 400]) {
    bridge.clock.advance(days * DAY);
    await bridge.sweep();
    await deliverAgain();
  }
  expect(history.nameOf(id)).toBeNull();
});
