/** A rule that replaces another continues its work. */
import { beforeEach, expect, it } from 'vitest';
import { addRule, listRules, planRule, removeRule } from '../../src/admin/setup/rules.js';
import { BACKEND, History, HOUR, MINUTE, RULE, TAKE_HOME } from '../rigs/history.js';

const DELAYED = `${RULE};delay=60`;

let history: History;
beforeEach(async () => {
  history = await History.begin({ rules: [DELAYED], lever: { clockOffsetMs: 3 * HOUR } });
});

it('who waits for the delay of a rule gets the challenge of the rule that replaces it', async () => {
  const id = await history.arrives();
  expect(history.held()).toEqual({ [id]: 'delayed' });
  await history.passes(20);
  await history.removeRule();
  expect(history.held()).toEqual({});
  await history.passes(5);
  await history.addRule(DELAYED.replace('challenge=Backend', 'challenge=Frontend'));
  expect(history.held()).toEqual({ [id]: 'delayed' });
  await history.removeRule();
  await history.addRule(DELAYED.replace(BACKEND, ' CodeSubmit:BACKEND'));
  await history.passes(40);
  expect(history.sent()).toHaveLength(1);
});

it('who came before the first of them, or while there was none, is left alone', async () => {
  await history.bridge.set({});
  await history.removeRule();
  const id = history.creates();
  await history.passes(5);
  history.lever.actions.move(id, TAKE_HOME);
  await history.passes(5);
  await history.addRule(RULE);
  await history.passes(90);
  expect(history.sent()).toEqual([]);
});

it('who came while the rule was there and nothing ran gets it too', async () => {
  const { bridge, lever } = history;
  const id = history.creates();
  await bridge.rest();
  bridge.clock.advance(MINUTE);
  lever.actions.move(id, TAKE_HOME);
  bridge.clock.advance(MINUTE);
  await bridge.alone((app) => removeRule(app, String(listRules(app)[0]?.id)));
  bridge.clock.advance(MINUTE);
  await bridge.alone(async (app) =>
    addRule(app, await planRule(app, RULE, () => undefined), 'leave'),
  );
  await bridge.wake();
  await history.passes(2);
  expect(history.sent()).toHaveLength(1);
});

it('the timeline keeps which challenge was decided, whatever the rule names later', async () => {
  await history.bridge.set({});
  await history.addRule(RULE);
  const id = await history.arrives();
  await history.passes(1);
  await history.addRule(RULE.replace('challenge=Backend', 'challenge=Frontend'));
  expect(history.sent()).toEqual(['person-1@example.com Backend']);
  const gets = history
    .timelineOf(id)
    .filter((text) => text.startsWith('Gets ') && !/nothing/.test(text));
  expect(gets).toEqual([expect.stringMatching(/^Gets Backend\b/)]);
});
