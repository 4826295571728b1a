/** Lever's API is behind its own webhooks: nothing is sent on a read that a delivery contradicts. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RULE } from '../invitations/inviting-bridge.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

let bridge: SimulatedBridge;
beforeEach(() => {
  bridge = SimulatedBridge.start();
  bridge.simulator.codesubmit.addTest({ name: 'Backend' });
});
afterEach(() => bridge.close());

const lever = () => bridge.simulator.lever;
const sent = () => bridge.simulator.codesubmit.invitations.length;
const reasonOf = (id: string) =>
  bridge.rows<{ reason: string }>(
    `SELECT reason FROM decisions WHERE opportunity_id = '${id}' AND is_current = 1`,
  )[0]?.reason;

/** A candidate whose delay is over in a moment. Reads are this far behind from now on. */
async function almostDue(lagMs: number): Promise<string> {
  await bridge.setUp([`${RULE};delay=60`], 'off');
  const id = await bridge.arrive('ada@example.com');
  await bridge.pass(59);
  expect(reasonOf(id)).toBe('delayed');
  Object.assign(lever().switches, { readLagMs: lagMs, listLagMs: lagMs });
  bridge.clock.advance(55_000);
  return id;
}

async function later(seconds: number): Promise<void> {
  const until = bridge.clock.now() + seconds * 1_000;
  while (bridge.clock.now() < until) await bridge.settle();
}

it('a rejected candidate gets no delayed challenge while Lever still shows them unarchived', async () => {
  const id = await almostDue(20_000);
  const [reason] = lever().account.archiveReasons;
  const { archived } = lever().actions.archive(id, reason?.id ?? '');
  await bridge.deliver(
    bridge.signed({ opportunityId: id, toArchived: archived }, 'candidateArchiveChange'),
  );
  await bridge.sweep();
  await later(60);
  expect(reasonOf(id)).toBe('archived');
  await bridge.pass(10);
  expect(sent()).toBe(0);
});

it('a candidate who left the stage gets nothing while Lever still shows them there', async () => {
  const id = await almostDue(20_000);
  const { stageId } = lever().actions.move(id, 'Offer');
  await bridge.deliver(bridge.signed({ opportunityId: id, toStageId: stageId }));
  await bridge.sweep();
  await later(60);
  expect(reasonOf(id)).toBe('left_stage');
  await bridge.pass(10);
  expect(sent()).toBe(0);
});

it('a candidate who is moved in and soon out again gets nothing', async () => {
  await bridge.setUp([RULE], 'off');
  const { actions, switches } = lever();
  Object.assign(switches, { readLagMs: 20_000, listLagMs: 20_000 });
  const { id } = actions.create({
    ...{ name: 'Bea Fictional', stageId: 'Phone screen', emails: ['bea@example.com'] },
    tags: ['codesubmit:backend'],
  });
  for (const stage of ['Take-home', 'Offer']) {
    const { stageId } = actions.move(id, stage);
    await bridge.deliver(bridge.signed({ opportunityId: id, toStageId: stageId }));
    await later(12);
  }
  await later(60);
  expect(reasonOf(id)).toMatch(/^(left|other)_stage$/);
  expect(sent()).toBe(0);
});

it('an old delivery about an earlier move delays nobody', async () => {
  await bridge.setUp([`${RULE};delay=60`], 'off');
  const id = await bridge.arrive('ada@example.com');
  const old = bridge.signed({
    opportunityId: id,
    toStageId: lever().opportunities.get(id).stageId,
  });
  bridge.clock.advance(1_000);
  lever().actions.move(id, 'Phone screen');
  bridge.clock.advance(1_000);
  lever().actions.move(id, 'Take-home');
  await bridge.sweep();
  await bridge.pass(60);
  await bridge.deliver(old);
  await later(5);
  expect(sent()).toBe(1);
});

it('a read that never agrees is used in the end', async () => {
  const id = await almostDue(0);
  await bridge.deliver(
    bridge.signed({ opportunityId: id, toStageId: 'no-stage-that-lever-shows' }),
  );
  await later(20);
  expect(sent()).toBe(0);
  await later(20);
  expect(sent()).toBe(1);
});
