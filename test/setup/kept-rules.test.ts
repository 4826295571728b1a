/**
 * `setup` on a terminal where rules were kept: after `revoke` they stay unless the admin says so, and those that send to
 * candidates on hold are asked about.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preview } from '../../src/admin/preview.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { SECRET_KEY } from '../support/fictional-records.js';
import type { Terminal } from '../support/terminal.js';
import { hasDesk, SetupDesk } from './setup-desk.js';

const KEYS = { LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };

describe.skipIf(!hasDesk())('after revoke', () => {
  let desk: SetupDesk;
  let terminal: Terminal;

  beforeEach(async () => {
    desk = await SetupDesk.start();
    const env = { ...KEYS, CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY, LEVER_ENVIRONMENT: 'sandbox' };
    Object.assign(desk.live.environment, env);
    const rules = [
      ...['--rule', 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;due-days=7'],
      ...['--rule', 'stage=On-site;tag=codesubmit:frontend;challenge=Frontend React'],
    ];
    const where = ['--public-url', 'none', '--port', String(desk.port)];
    const ended = await desk.live.run('setup', '--no-input', ...where, ...rules);
    expect(ended).toMatchObject({ code: 0 });
    expect(await desk.live.run('revoke', '--yes')).toMatchObject({ code: 0 });
    terminal = await desk.terminal({ columns: 80 });
    await terminal.enter('codesubmit-lever setup');
    await terminal.until(
      'both rules',
      /✓ Take-home \+ .*Backend API\n✓ On-site \+ .*Frontend React/,
    );
  });

  afterEach(() => desk.live.close());

  it('keeps those that the admin keeps, with their options', async () => {
    await terminal.choose('These rules are kept from before.', 'Change them');
    await terminal.answer('Keep Take-home', '');
    await terminal.answer('Keep On-site', 'n');
    await terminal.answer('Another rule?', '');
    await terminal.untilAsked('Invite them too?');
    await terminal.press('Escape');
    await terminal.answer('Another rule?', '');
    await terminal.answer('Invite them too?', '');
    await terminal.until('it is active', /✓ Active from now on/);
    const { stdout } = await desk.live.run('rules', 'list', '--json');
    const listed = JSON.parse(stdout) as { challenge: { name: string }; dueDays: number | null }[];
    expect(listed).toMatchObject([{ challenge: { name: 'Backend API' }, dueDays: 7 }]);
  });
});

describe.skipIf(!hasDesk())('in use', () => {
  let desk: SetupDesk;
  afterEach(() => desk.live.close());

  it('a no to what a rule sends anyway stores nothing, and the choice is about the others only', async () => {
    desk = await SetupDesk.start();
    const { live, port } = desk;
    const env = { ...KEYS, CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY, LEVER_ENVIRONMENT: 'sandbox' };
    Object.assign(live.environment, env);
    const tags = ['codesubmit:payments-team'];
    live.candidate('Pia Before', 'Take-home', tags);
    for (const { stageChanges } of live.simulator.lever.opportunities.all.values())
      // A rule applies from five seconds before it is stored.
      for (const change of stageChanges) change.updatedAt -= 10_000;
    const rule = ['--rule', 'stage=Take-home;tag=codesubmit:*;challenge=*'];
    const where = ['--public-url', 'none', '--port', String(port)];
    expect(await live.run('setup', '--no-input', ...where, ...rule)).toMatchObject({ code: 0 });
    // Their tag names no challenge.
    for (const name of ['Moe Held', 'Ned Held'])
      live.move(live.candidate(name, 'Phone screen', tags));
    const terminal = await desk.terminal();
    await terminal.enter('codesubmit-lever setup');
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await terminal.choose('These rules are kept from before.', 'Change them');
    await terminal.answer('Keep Take-home', '');
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
