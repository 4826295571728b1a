/** Rules by stage and tag: one for each, in the admin's order, and each active from when it was stored. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listRules } from '../../src/admin/setup/rules/change-rules.js';
import { BEFORE, FRONTEND, FRONTEND_RULE, History, MINUTE, RULE } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin({ rules: [RULE, FRONTEND_RULE] });
});
afterEach(() => history.close());

const rules = () =>
  history.bridge.command((app) =>
    Promise.resolve(listRules(app).map(({ tag, challenge }) => `${tag} ${challenge.name}`)),
  );

it('a tag in another spelling changes its rule, which comes last, and keeps its activation', async () => {
  const id = history.creates();
  history.lever.actions.move(id, 'Take-home');
  history.bridge.clock.advance(MINUTE);
  await history.addRule('stage=Take-home;tag= CodeSubmit:BACKEND ;challenge=General');
  expect(await rules()).toEqual(['codesubmit:frontend Frontend', 'CodeSubmit:BACKEND General']);
  expect(history.invitations(id)).toEqual(['General linked']);
});

it('the same tag in another stage is another rule', async () => {
  await history.addRule(`stage=On-site;tag=${FRONTEND};challenge=Frontend`);
  expect(await rules()).toHaveLength(3);
});

describe('a rule that was removed', () => {
  it('sends nothing, and one of the same stage and tag continues it', async () => {
    const id = history.creates();
    history.lever.actions.move(id, 'Take-home');
    await history.removeRule();
    expect([history.invitations(), await rules()]).toEqual([[], ['codesubmit:frontend Frontend']]);
    await history.addRule(RULE);
    expect(history.invitations(id)).toEqual(['Backend linked']);
  });
});

it('who was in the stage before is invited if the admin says so, unless they left meanwhile', async () => {
  await history.removeRule();
  const [stays, returns] = [history.creates(), history.creates()];
  for (const id of [stays, returns]) history.lever.actions.move(id, 'Take-home');
  await history.addRule(`${RULE};delay=60`, 'invite');
  await history.moves(returns, BEFORE);
  await history.passes(65);
  expect([history.invitations(stays), history.invitations(returns)]).toEqual([
    ['Backend linked'],
    [],
  ]);
});
