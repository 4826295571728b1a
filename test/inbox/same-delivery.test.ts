/**
 * One delivery, however often and whenever it comes again, is one row, always a 200, and one
 * invitation.
 */
import { expect, it, onTestFinished } from 'vitest';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

const DAY = 86_400_000;
const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend;reuse-days=30';

it('64 times at once, after a restart, weeks later, and after its candidate was erased', async () => {
  const bridge = SimulatedBridge.start();
  onTestFinished(() => bridge.close());
  const { lever, codesubmit } = bridge.simulator;
  codesubmit.addTest({ name: 'Backend' });
  const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: ['ada@example.com'] };
  const { id } = lever.actions.create({ ...person, tags: ['codesubmit:backend'] });
  await bridge.setUp([RULE], 'off');
  lever.actions.move(id, 'Take-home');
  const toStageId = lever.opportunities.get(id).stageId;
  const body = bridge.signed({ opportunityId: id, toStageId });
  const deliverAgain = async (): Promise<void> => {
    await bridge.deliver(body);
    expect(bridge.rows('SELECT 1 FROM deliveries')).toHaveLength(1);
    expect(codesubmit.invitations).toHaveLength(1);
    expect(lever.opportunities.sight(id, 0).contact.links).toHaveLength(1);
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
  const [erased] = bridge.rows<{ name: string | null }>('SELECT name FROM opportunities');
  expect(erased?.name).toBeNull();
});
