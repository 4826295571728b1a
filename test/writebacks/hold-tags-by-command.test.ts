/**
 * Tags that say why candidates are on hold, by command: refused without permission, previewed,
 * checked, and counted by `revoke`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRuleSpec } from '../../src/domain/rule-spec.js';
import { parseReport } from '../docs/report-schemas.js';
import { check } from '../doctor/diagnosis.js';
import { eventually } from '../rigs/eventually.js';
import { FixWorld, STAGE } from '../fixes/fix-world.js';

const NO_EMAIL = 'codesubmit: no e-mail';

let world: FixWorld;
let ada: string;

beforeAll(async () => {
  world = await FixWorld.setUp();
  ada = world.person({ emails: [] });
});

afterAll(() => world.close());

const tags = () => world.simulator.lever.opportunities.get(ada).tags;
const turn = (to: 'on' | 'off') => world.run('setup', '--no-input', '--hold-tags', to);

function setRight(isGiven: boolean): void {
  for (const { rights } of world.simulator.lever.access.grants.values()) {
    rights['tags:write'] = isGiven;
  }
}

async function untilTagIsInStory(): Promise<void> {
  const words = `The tag “${NO_EMAIL}” is in Lever`;
  await eventually('its line in the timeline', async () =>
    (await world.run('status', ada)).stdout.includes(words),
  );
}

describe('switched on', () => {
  it('is refused by name for a key that may not change tags, and stores nothing', async () => {
    setRight(false);
    const { code, stderr } = await turn('on');
    expect(code).toBe(1);
    expect(stderr).toContain('lacks the right “add, remove tags”');
    expect(stderr).toContain('--hold-tags on');
    expect((await world.run('preview')).stdout).not.toContain(NO_EMAIL);
    setRight(true);
  });

  it('is shown by `preview`, which writes nothing, and is a line of the timeline once written', async () => {
    expect(await turn('on')).toMatchObject({ code: 0 });
    const before = tags();
    const { people } = parseReport('preview', await world.run('preview', '--json'));
    const one = people.find(({ opportunityId }) => opportunityId === ada);
    expect(one).toMatchObject({ outcome: 'hold', reason: 'no_email', holdTag: NO_EMAIL });
    expect((await world.run('preview')).stdout).toContain(`tag in Lever: ${NO_EMAIL}`);
    expect(tags()).toEqual(before);
    await world.serveHere();
    await eventually('the tag', () => tags().includes(NO_EMAIL));
    await untilTagIsInStory();
    await world.stop();
  });

  it('is checked by `doctor`, which passes once it is off', async () => {
    setRight(false);
    const refused = await check(world, 'lever_rights');
    expect(refused).toMatchObject({ status: 'fail' });
    expect(refused.summary).toContain('Tags that say why candidates are on hold');
    expect(await turn('off')).toMatchObject({ code: 0 });
    expect(await check(world, 'lever_rights')).toMatchObject({ status: 'pass' });
    setRight(true);
  });
});

it.each(['codesubmit: no e-mail', 'CodeSubmit: No Name'])('%s is no rule’s tag', (tag) => {
  expect(() => parseRuleSpec(`stage=${STAGE};tag=${tag};challenge=Backend API`)).toThrow(
    ', to show recruiters why a candidate is on hold',
  );
});

it('`revoke` says whose tags are left, and how to have them removed first', async () => {
  expect(await turn('on')).toMatchObject({ code: 0 });
  await world.serveHere();
  // The one from before it was turned off may be on its way out.
  await untilTagIsInStory();
  await world.stop();
  const { stderr } = await world.succeed('revoke', '--yes');
  expect(stderr).toContain('removed first: codesubmit-lever setup --hold-tags off');
  expect(stderr).toContain('remove our tags (“codesubmit: …”) from one candidate');
});
