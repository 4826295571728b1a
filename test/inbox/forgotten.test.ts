/** `forget` runs beside Lever's clock, not ours, and who applies again is never skipped silently. */
import { afterEach, expect, it } from 'vitest';
import type { ConnectedApp } from '../../src/app/connect-vendors.js';
import { forget, planForget } from '../../src/operate/actions/forget.js';
import { RULE } from '../invitations/inviting-bridge.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

const HOUR = 3_600_000;
const TAGS = ['codesubmit:backend'];

let bridge: SimulatedBridge;

/** Lever's clock is this far ahead of the machine's. */
async function begin(clockOffsetMs = 0): Promise<void> {
  bridge = SimulatedBridge.start();
  bridge.simulator.codesubmit.addTest({ name: 'Backend' });
  bridge.simulator.lever.switches.clockOffsetMs = clockOffsetMs;
  await bridge.setUp([RULE], 'off');
}
afterEach(() => bridge.close());

const lever = () => bridge.simulator.lever;
const codesubmit = () => bridge.simulator.codesubmit;
const linksOf = (id: string) => lever().opportunities.sight(id, 0).contact.links;
const decisionOn = (id: string) =>
  bridge.rows<{ kind: string; reason: string; detail: string | null }>(
    `SELECT kind, reason, detail FROM decisions WHERE opportunity_id = '${id}' AND is_current = 1`,
  )[0];
const forgetting = (who: string) => async (app: ConnectedApp) => {
  await forget(app, planForget(app, who));
};

/** Known, without a challenge: the tag comes later. */
async function seen(email: string): Promise<string> {
  const { actions } = lever();
  const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: [email] };
  const { id } = actions.create(person);
  await move(id, 'Take-home');
  expect(decisionOn(id)?.reason).toBe('no_tag');
  return id;
}

async function move(id: string, stage: string): Promise<void> {
  const { stageId } = lever().actions.move(id, stage);
  await bridge.deliver(bridge.signed({ opportunityId: id, toStageId: stageId }));
}

/** Nobody is told. */
function comeBackUnseen(id: string): void {
  const { actions } = lever();
  actions.move(id, 'Phone screen');
  bridge.clock.advance(1_000);
  actions.addTags(id, TAGS);
  actions.move(id, 'Take-home');
  bridge.clock.advance(1_000);
}

it.each([3 * HOUR, 0, -3 * HOUR])(
  'the visit that Lever shows gets nothing, with Lever’s clock %i ms ahead',
  async (clockOffsetMs) => {
    await begin(clockOffsetMs);
    const id = await seen('ada@example.com');
    await bridge.rest();
    comeBackUnseen(id);
    await bridge.alone(forgetting(id));
    await bridge.wake();
    await bridge.pass(10);
    expect(codesubmit().invitations).toHaveLength(0);
    bridge.clock.advance(HOUR);
    await move(id, 'Phone screen');
    await move(id, 'Take-home');
    expect(codesubmit().invitations).toHaveLength(1);
  },
);

it('while Lever can’t be asked, the first read afterwards says which visit it is', async () => {
  await begin(3 * HOUR);
  const id = await seen('ada@example.com');
  await bridge.rest();
  comeBackUnseen(id);
  lever().faults.set({ kind: 'drop-before' });
  await bridge.alone(forgetting(id));
  lever().faults.clear();
  await bridge.wake();
  await bridge.pass(10);
  expect(codesubmit().invitations).toHaveLength(0);
  await move(id, 'Phone screen');
  bridge.clock.advance(1_000);
  await move(id, 'Take-home');
  expect(codesubmit().invitations).toHaveLength(1);
});

it('who applies again is on hold, until `approve` takes what CodeSubmit lists', async () => {
  await begin();
  const first = await bridge.arrive('ada@example.com');
  const links = linksOf(first);
  await bridge.command(forgetting(first));
  await bridge.pass(1);
  const second = await bridge.arrive('ada@example.com');
  expect(decisionOn(second)).toMatchObject({ kind: 'hold', reason: 'forgotten' });
  await bridge.sweep();
  expect(bridge.status().held).toMatchObject([{ opportunityId: second, reason: 'forgotten' }]);
  await bridge.approve([second]);
  await bridge.pass(10);
  expect(codesubmit().invitations).toHaveLength(1);
  expect(linksOf(second)).toEqual(links);
  expect(lever().notes.list(second)).toEqual([]);
  expect(bridge.status().held).toEqual([]);
});

it('who applies again gets a challenge after `approve`, if CodeSubmit has none any more', async () => {
  await begin();
  const first = await bridge.arrive('ada@example.com');
  await bridge.command(forgetting(first));
  codesubmit().invitations.length = 0;
  await bridge.pass(3);
  const second = await bridge.arrive('ada@example.com');
  await bridge.approve([second]);
  await bridge.pass(10);
  expect(codesubmit().invitations).toHaveLength(1);
  expect(linksOf(second)).toHaveLength(1);
  await bridge.sweep();
  await bridge.pass(10);
  expect(codesubmit().invitations).toHaveLength(1);
});

it('who applies again after the days of reuse is invited', async () => {
  await begin();
  const first = await bridge.arrive('ada@example.com');
  await bridge.command(forgetting(first));
  bridge.clock.advance(366 * 24 * HOUR);
  await bridge.swept();
  const second = await bridge.arrive('ada@example.com');
  expect(decisionOn(second)?.kind).not.toBe('hold');
  expect(codesubmit().invitations).toHaveLength(2);
});

it('an approval is for one visit: who comes in another one is on hold again', async () => {
  await begin();
  const first = await bridge.arrive('ada@example.com');
  await bridge.command(forgetting(first));
  await bridge.pass(1);
  const second = await bridge.arrive('ada@example.com');
  codesubmit().faults.set({ kind: '5xx', when: 'before', method: 'GET' });
  await bridge.approve([second]);
  await bridge.pass(1);
  expect(bridge.status().invitations).toMatchObject([{ state: 'queued' }, {}]);
  await move(second, 'Phone screen');
  bridge.clock.advance(1_000);
  await move(second, 'Take-home');
  expect(decisionOn(second)).toMatchObject({ kind: 'hold', reason: 'forgotten' });
});
