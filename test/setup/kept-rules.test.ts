/** `setup` on a terminal after `revoke`: the rules that were kept are shown, and stay unless the admin says so. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
