/** The database refuses the decision about one candidate, for an unforeseen reason: no one else’s is delayed. */
import { expect, it } from 'vitest';
import { History, MINUTE, type Setting } from '../rigs/history.js';

let history: History;

const execute = (sql: string) =>
  history.bridge.command((app) => Promise.resolve(app.database.connection.exec(sql)));

/** Thirty who came long ago; nothing can be promised to some of them. */
async function begin(broken: number, setting: Setting = {}): Promise<[string[], string]> {
  history = await History.begin(setting);
  const ids = Array.from({ length: 30 }, () => history.creates());
  await history.later(60 * MINUTE);
  history.codesubmitStalls();
  const list = ids
    .slice(0, broken)
    .map((id) => `'${id}'`)
    .join();
  await execute(`CREATE TRIGGER broken BEFORE INSERT ON invitations WHEN NEW.opportunity_id IN (${list})
    BEGIN SELECT RAISE(ABORT, 'this person was promised this challenge'); END`);
  return [ids, ids[0]!];
}

/** Whom Lever was asked for alone. */
function lookedAt(): Set<string | undefined> {
  const calls = history.lever.requests.list({ method: 'GET' });
  const looks = calls.filter(({ route }) => route === '/v1/opportunities/:id');
  return new Set(looks.map(({ path }) => path.split('/').at(-1)));
}

it.each([
  [1, 'off'],
  [2, '100/10'],
])('%i that a check finds (brake %s)', async (broken, brake) => {
  const [ids] = await begin(broken, { brake });
  history.lever.actions.moveMany(ids, 'Take-home');
  history.leverCalls();
  await history.checks();
  expect(lookedAt()).toEqual(new Set(ids.slice(0, broken)));
  expect(history.counts()).toEqual({ queued: 30 - broken });
});

it('one of a bulk move', async () => {
  const [ids] = await begin(1);
  await history.movesMany(ids);
  await history.passes(1);
  expect(history.counts()).toEqual({ queued: 29 });
});

it('is looked at less and less often, named by `status`, and decided once possible', async () => {
  const [, id] = await begin(1);
  await history.moves(id);
  await history.later(5_000);
  expect(history.problems()).not.toContain('look_failed');
  await history.passes(10);
  expect(history.leverCalls()['GET /v1/opportunities/:id']).toBeLessThan(20);
  expect(history.bridge.status().integration.problems).toMatchObject([
    {
      code: 'look_failed',
      what: expect.stringMatching(/^One candidate can’t be read.*promised/) as unknown,
    },
  ]);
  await execute('DROP TRIGGER broken');
  await history.passes(20);
  expect(history.decisionOn(id)).toBe('invite');
  expect(history.problems()).not.toContain('look_failed');
});
