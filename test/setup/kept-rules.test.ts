/**
 * `setup` on a terminal with rules from before: they are shown, and stay unless the admin says so. Those that send to
 * candidates on hold are asked about.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preview } from '../../src/admin/preview.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { parseRuleSpec } from '../../src/domain/rule-spec.js';
import { saveDraftRules } from '../../src/store/settings/settings.js';
import { parseReport } from '../docs/report-schemas.js';
import { SECRET_KEY } from '../support/fictional-records.js';
import type { Terminal } from '../support/terminal.js';
import { hasDesk, SetupDesk } from './setup-desk.js';

const KEYS = { LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };

let desk: SetupDesk;

beforeEach(async () => {
  desk = await SetupDesk.start();
  const env = { ...KEYS, CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY, LEVER_ENVIRONMENT: 'sandbox' };
  Object.assign(desk.live.environment, env);
});

afterEach(() => desk.live.close());

async function setUp(...rules: string[]): Promise<void> {
  const where = ['--public-url', 'none', '--port', String(desk.port)];
  const given = rules.flatMap((rule) => ['--rule', rule]);
  await desk.live.succeed('setup', '--no-input', ...where, ...given);
}

/** All came to their stages earlier: a rule applies from five seconds before it is stored. */
function moveToThePast(): void {
  for (const { stageChanges } of desk.simulator.lever.opportunities.all.values())
    for (const change of stageChanges) change.updatedAt -= 10_000;
}

const listRules = async () => parseReport('rules', await desk.live.run('rules', 'list', '--json'));

/** In a setup that is in use: keeps the first rule, and is asked for more. */
async function keepFirstRule(
  terminal: Terminal,
  command = 'codesubmit-lever setup',
): Promise<void> {
  await terminal.enter(command);
  await terminal.choose('What do you want to change?', 'Who gets which challenge');
  await terminal.choose('These rules are kept from before.', 'Change them');
  await terminal.answer('Keep Take-home', '');
}

describe.skipIf(!hasDesk())('after revoke', () => {
  let terminal: Terminal;

  beforeEach(async () => {
    await setUp(
      'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;due-days=7',
      'stage=On-site;tag=codesubmit:frontend;challenge=Frontend React',
    );
    await desk.live.succeed('revoke', '--yes');
    terminal = await desk.terminal({ columns: 80 });
  });

  it('keeps those that the admin keeps, with their options', async () => {
    await terminal.enter('codesubmit-lever setup');
    await terminal.until(
      'both rules',
      /✓ Take-home \+ .*Backend API\n✓ On-site \+ .*Frontend React/,
    );
    await terminal.choose('These rules are kept from before.', 'Change them');
    await terminal.answer('Keep Take-home', '');
    await terminal.answer('Keep On-site', 'n');
    await terminal.answer('Another rule?', '');
    await terminal.untilAsked('Invite them too?');
    await terminal.press('Escape');
    await terminal.answer('Another rule?', '');
    await terminal.answer('Invite them too?', '');
    await terminal.until('it is active', /✓ Active from now on/);
    const listed = await listRules();
    expect(listed).toMatchObject([{ challenge: { name: 'Backend API' }, dueDays: 7 }]);
  });

  it('shows first what a stopped session left, without a stage that is gone', async () => {
    const left = ['Take-home', 'Gone'].map((stage) =>
      parseRuleSpec(`stage=${stage};tag=codesubmit:data;challenge=Data`),
    );
    const { lever, codesubmit } = desk.simulator;
    const stage = lever.account.getStage('Take-home').id;
    const challenge = codesubmit.tests.find(({ name }) => name === 'Backend API')?.id ?? '';
    Object.assign(left[0] ?? {}, { stage, challenge });
    await desk.live.withApp((app) => app.database.write((tx) => saveDraftRules(tx, left)));
    await terminal.enter('codesubmit-lever setup');
    await terminal.until(
      'both',
      /✓ Take-home \+ codesubmit:data → Backend API\n! Gone \+ codesubmit:data → .* is left out/,
    );
    await terminal.choose('These rules are kept from before.', 'Start over');
    await terminal.search('Which stage starts', 'offer', 'Offer');
    await terminal.until('it is active', /✓ Active from now on/);
    expect((await listRules()).map(({ tag }) => tag)).toEqual(['codesubmit:*']);
  });
});

describe.skipIf(!hasDesk())('in use', () => {
  it('keeps a rule that was added after a session had stopped, and calls nothing active that is paused', async () => {
    await setUp('stage=Take-home;tag=codesubmit:backend;challenge=Backend API');
    const stopped = await desk.terminal();
    await keepFirstRule(stopped, 'codesubmit-lever setup; echo "exit code $?"');
    await stopped.answer('Another rule?', 'y');
    await stopped.search('Which stage starts', 'site', 'On-site');
    await stopped.search('Which challenge?', 'front', 'Frontend React');
    await stopped.choose('Who in that stage gets it?', 'Candidates with a tag');
    await stopped.answer('Which tag in Lever?', '');
    await stopped.untilAsked('Another rule?');
    await stopped.press('C-c');
    await stopped.until('the end', /exit code 130/);
    const rule = 'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React';
    await desk.live.succeed('rules', 'add', rule);

    const terminal = await desk.terminal();
    await terminal.enter('codesubmit-lever setup');
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await desk.live.succeed('pause');
    await terminal.choose('These rules are kept from before.', 'Keep them');
    await terminal.until('the rules are stored', /✓ Stored\./);
    await terminal.choose('What do you want to change?', 'Nothing, done');
    await terminal.until('how to go on', /! Paused: no challenge is sent\.\n {2}→ Run: .* resume/);
    const tags = (await listRules()).map(({ tag }) => tag);
    expect(tags).toEqual(['codesubmit:backend', 'codesubmit:frontend']);
  });

  it('keeps the rules that are kept after Esc took back a rule for every challenge', async () => {
    await setUp('stage=Take-home;tag=codesubmit:backend;challenge=Backend API');
    desk.live.candidate('Pia Before', 'On-site', ['codesubmit:backend-api']);
    moveToThePast();
    const terminal = await desk.terminal();
    await terminal.enter('codesubmit-lever setup');
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await terminal.choose('These rules are kept from before.', 'Start over');
    await terminal.search('Which stage starts', 'site', 'On-site');
    await terminal.untilAsked('Invite them too?');
    await terminal.press('Escape');
    await terminal.untilAsked('Which stage starts');
    await terminal.press('Escape');
    await terminal.choose('These rules are kept from before.', 'Keep them');
    await terminal.until('it is active', /✓ Active from now on/);
    expect((await listRules()).map(({ tag }) => tag)).toEqual(['codesubmit:backend']);
  });

  it('leaves out a second rule of the same stage and tag, which can’t be stored', async () => {
    await setUp('stage=Take-home;tag=codesubmit:backend;challenge=Backend API');
    const terminal = await desk.terminal();
    await keepFirstRule(terminal);
    await terminal.answer('Another rule?', 'y');
    await terminal.search('Which stage starts', 'take', 'Take-home');
    await terminal.search('Which challenge?', 'front', 'Frontend React');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search('Which tag in Lever?', 'codesubmit:backend', 'codesubmit:backend');
    await terminal.until('why not', /! It’s left out: another rule has this stage and tag\./);
    await terminal.answer('Another rule?', '');
    await terminal.until('it is active', /✓ Active from now on/);
    expect((await listRules()).map(({ challenge }) => challenge.name)).toEqual(['Backend API']);
  });

  it('doesn’t remove a rule that was added while it asked', async () => {
    await setUp('stage=Take-home;tag=codesubmit:backend;challenge=Backend API');
    const terminal = await desk.terminal();
    await keepFirstRule(terminal);
    await terminal.untilAsked('Another rule?');
    const rule = 'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React';
    await desk.live.succeed('rules', 'add', rule);
    await terminal.answer('Another rule?', '');
    await terminal.until('why not', /! The rules changed meanwhile/);
    await terminal.untilAsked('What do you want to change?');
    expect((await listRules()).map(({ tag }) => tag)).toContain('codesubmit:frontend');
  });

  it('a no to what a rule sends anyway stores nothing, and the choice is about the others only', async () => {
    const { live } = desk;
    const tags = ['codesubmit:payments-team'];
    live.candidate('Pia Before', 'Take-home', tags);
    moveToThePast();
    await setUp('stage=Take-home;tag=codesubmit:*;challenge=*');
    // Their tag names no challenge.
    for (const name of ['Moe Held', 'Ned Held'])
      live.move(live.candidate(name, 'Phone screen', tags));
    const terminal = await desk.terminal();
    await keepFirstRule(terminal);
    await terminal.answer('Another rule?', 'y');
    await terminal.search('Which stage starts the challenge?', 'take', 'Take-home');
    await terminal.search('Which challenge?', 'back', 'Backend API');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search('Which tag in Lever?', tags[0] ?? '', tags[0] ?? '');
    await terminal.answer('Another rule?', 'n');
    await terminal.until('both', /Ned Held: Backend API/);
    await terminal.answer('These rules send Backend API to 2 candidates', '');
    await terminal.answer('Another rule?', 'n');
    expect(await live.withApp((app) => app.rules.listActive().length)).toBe(1);
    await terminal.answer('These rules send Backend API to 2 candidates', 'y');
    await terminal.until('the other one', /due a challenge: Backend API to Pia Before\./);
    await terminal.answer('Invite them too?', '');
    await terminal.until('it is active', /✓ Active from now on/);
    const { people } = await live.withApp((app) => preview(app, { onProgress: () => undefined }));
    const sent = people.filter(({ outcome }) => outcome === 'send');
    expect(sent.map(({ candidate }) => candidate).toSorted()).toEqual(['Moe Held', 'Ned Held']);
  });
});
