/** Two contacts are merged in Lever: a profile that shows a link of ours is the person it was sent to. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startInviting } from '../invitations/inviting-bridge.js';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = await startInviting();
});
afterEach(() => bridge.close());

const lever = () => bridge.simulator.lever;
const linksOf = (id: string) => lever().opportunities.sight(id, 0).contact.links;
const decisionOn = (id: string) =>
  bridge.rows<{ reason: string; detail: string | null }>(
    `SELECT reason, detail FROM decisions WHERE opportunity_id = '${id}' AND is_current = 1`,
  )[0];

async function move(id: string, stage: string): Promise<void> {
  const { stageId } = lever().actions.move(id, stage);
  await bridge.deliver(bridge.signed({ opportunityId: id, toStageId: stageId }));
}

/** Invited, and no longer in the stage: nothing tells us any more that Lever gave them another contact. */
async function invitedAndGone(): Promise<string> {
  const id = await bridge.arrive('ada@example.com');
  await move(id, 'Offer');
  return id;
}

it.each(['https://', 'http://', ''])(
  'the second opportunity of a merged person gets nothing, its link written with “%s”',
  async (scheme) => {
    const first = await invitedAndGone();
    const links = linksOf(first).map((link) => `${link.replace('https://', scheme)}/`);
    expect(links).toHaveLength(1);
    const second = await bridge.arrive('ada.second@example.com', links);
    expect(decisionOn(second)).toEqual({ reason: 'already_invited', detail: 'same_person' });
    await bridge.pass(10);
    expect(bridge.simulator.codesubmit.invitations).toHaveLength(1);
    expect(linksOf(second)).toEqual(links);
  },
);

it('a link of ours that was erased here still names the person', async () => {
  const first = await invitedAndGone();
  const links = linksOf(first);
  bridge.clock.advance(200 * 86_400_000);
  await bridge.settle();
  bridge.clock.advance(86_400_000);
  await bridge.settle();
  expect(bridge.rows('SELECT 1 FROM invitations WHERE sealed_link IS NOT NULL')).toEqual([]);
  const second = await bridge.arrive('ada.second@example.com', links);
  expect(decisionOn(second)?.reason).toBe('already_invited');
  expect(bridge.simulator.codesubmit.invitations).toHaveLength(1);
});

it('another link says nothing', async () => {
  await invitedAndGone();
  await bridge.arrive('bea@example.com', ['https://app.codesubmit.io/c/some-other']);
  expect(bridge.simulator.codesubmit.invitations).toHaveLength(2);
});
