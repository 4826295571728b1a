/** A rule that replaces another continues its work. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addRule, listRules, removeRule } from '../../src/setup/rules/change-rules.js';
import { RULE } from '../invitations/inviting-bridge.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

const DELAYED = `${RULE};delay=60`;
const nothing = (): void => undefined;

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = SimulatedBridge.start();
  for (const name of ['Backend', 'Frontend']) bridge.simulator.codesubmit.addTest({ name });
  bridge.simulator.lever.switches.clockOffsetMs = 3 * 3_600_000;
  await bridge.setUp([DELAYED], 'off');
});
afterEach(() => bridge.close());

const sent = () => bridge.simulator.codesubmit.invitations.map(({ email }) => email);

async function remove(): Promise<void> {
  bridge.clock.advance(1_000);
  await bridge.command((app) => removeRule(app, String(listRules(app)[0]?.id)));
  await bridge.sweep();
}

async function add(rule: string): Promise<void> {
  bridge.clock.advance(1_000);
  await bridge.command((app) => addRule(app, rule, 'leave', nothing));
  await bridge.sweep();
}

it('who waits for the delay of a rule gets the challenge of the rule that replaces it', async () => {
  const id = await bridge.arrive('ada@example.com');
  expect(bridge.status().held).toMatchObject([{ opportunityId: id, reason: 'delayed' }]);
  await bridge.pass(20);
  await remove();
  expect(bridge.status().held).toEqual([]);
  await bridge.pass(5);
  await add(DELAYED.replace('challenge=Backend', 'challenge=Frontend'));
  expect(bridge.status().held).toMatchObject([{ opportunityId: id, reason: 'delayed' }]);
  await remove();
  await add(DELAYED.replace('codesubmit:backend', ' CodeSubmit:BACKEND'));
  await bridge.pass(40);
  expect(sent()).toEqual(['ada@example.com']);
});

it('who came before the first of them, or while there was none, is left alone', async () => {
  const { actions } = bridge.simulator.lever;
  await bridge.set({});
  await remove();
  const { id } = actions.create({
    ...{ name: 'Bea Fictional', stageId: 'Phone screen', emails: ['bea@example.com'] },
    tags: ['codesubmit:backend'],
  });
  await bridge.pass(5);
  actions.move(id, 'Take-home');
  await bridge.pass(5);
  await add(RULE);
  await bridge.pass(90);
  expect(sent()).toEqual([]);
});

it('who came while the rule was there and nothing ran gets it too', async () => {
  const { actions } = bridge.simulator.lever;
  const { id } = actions.create({
    ...{ name: 'Bea Fictional', stageId: 'Phone screen', emails: ['bea@example.com'] },
    tags: ['codesubmit:backend'],
  });
  await bridge.rest();
  bridge.clock.advance(60_000);
  actions.move(id, 'Take-home');
  bridge.clock.advance(60_000);
  await bridge.alone((app) => removeRule(app, String(listRules(app)[0]?.id)));
  bridge.clock.advance(60_000);
  await bridge.alone((app) => addRule(app, RULE, 'leave', nothing));
  await bridge.wake();
  await bridge.pass(2);
  expect(sent()).toEqual(['bea@example.com']);
});
