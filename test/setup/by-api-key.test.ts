// The setup session with an API key and without a public address, typed into a terminal and clicked in a browser.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Terminal } from '../support/terminal.js';
import { closeBrowser, hasDesk, SetupDesk } from './setup-desk.js';

describe.skipIf(!hasDesk())('setting up with an API key', () => {
  let world: SetupDesk;
  let terminal: Terminal;

  beforeAll(async () => {
    world = await SetupDesk.start();
    terminal = await world.terminal();
  });
  afterAll(() => world.live.close());
  afterAll(closeBrowser);

  it('goes from nothing to a link in Lever in one session', async () => {
    // The tag that Lever’s postings have.
    const [backend] = world.simulator.codesubmit.tests;
    if (backend) backend.name = 'Backend';
    await terminal.enter('codesubmit-lever setup; echo "exit code $?"');
    await terminal.until('the requirements', /You need: a Super Admin of Lever/);
    await terminal.answer('Public address that Lever can reach', '');
    await answerForLever();
    await answerForCodeSubmit();
    await answerWhoGetsWhat();
    await terminal.until('no webhook', /No webhook: Lever is checked every minute, by 120 calls/);
    await makeATrial();
    await terminal.until('the end', /exit code 0/);
    const summary = (await terminal.screen()).split('Summary')[1] ?? '';
    expect(summary).toContain('✓ Take-home + codesubmit:* → every challenge, by its tag');
    expect(summary).not.toContain('isn’t running');
  });

  it('runs again, shows what is set and changes only one thing', async () => {
    const before = await world.live.status();
    terminal = await world.terminal();
    await terminal.enter('codesubmit-lever setup; echo "exit code $?"');
    await terminal.untilAsked('What do you want to change?');
    const shown = await terminal.screen();
    expect(shown).toContain(`· Where: no public address, 127.0.0.1:${world.port}`);
    expect(shown).toContain('· Lever: API key (production)');
    expect(shown).toContain('· Take-home + codesubmit:* → every challenge, by its tag');
    expect(shown).toContain('More settings, such as what recruiters see: ');
    // A way to connect that Esc gives up isn't chosen.
    await terminal.choose('What do you want to change?', 'Lever');
    await terminal.choose('How do you want to connect?', 'OAuth client');
    await terminal.untilAsked('Client id');
    await terminal.press('Escape');
    await terminal.untilAsked('How do you want to connect?');
    await terminal.press('Escape');
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await terminal.until('the stored key', /Lever API key, as you answered before/);
    await terminal.choose('These rules are kept from before.', 'Keep them');
    await terminal.choose('What do you want to change?', 'CodeSubmit');
    const another = world.simulator.codesubmit.addKey({ role: 'admin' }).key;
    await terminal.answer('CodeSubmit API key', another);
    await terminal.until('it is taken', /Active from now on/);
    await terminal.choose('What do you want to change?', 'Nothing, done');
    await terminal.until('the end', /exit code 0/);
    const after = await world.live.status();
    expect(after.integration.rules).toEqual(before.integration.rules);
    expect(after.integration.lever).toEqual(before.integration.lever);
    expect(after.counts).toEqual(before.counts);
    expect(after.integration.state).toBe('active');
    expect(world.simulator.codesubmit.forbiddenCalls).toEqual([]);
  });

  async function answerForLever(): Promise<void> {
    await terminal.until('where a key is made', /Generate New Key/);
    await terminal.until('the whole list', /it can’t be changed later/);
    const screen = await terminal.screen();
    expect(screen).toMatch(/☑ read opportunities +reading candidates, their stages/);
    expect(screen).toMatch(/☑ write opportunities +adding links/);
    expect(screen).toContain('it can’t be changed later');
    await terminal.answer('Lever API key', 'a-key-of-nobody');
    await terminal.until(
      'the refusal',
      /! Lever rejects the key or login .*\n  → Check that you copied all of it/,
    );
    await terminal.answer('Lever API key', await generateLeverKey());
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
    expect(await terminal.screen()).not.toContain('a-key-of-nobody');
    await terminal.search(
      'Which Lever user should appear as the author?',
      'robin',
      'Robin Recruiter',
    );
  }

  /** In the browser, with exactly the boxes that the terminal names. */
  async function generateLeverKey(): Promise<string> {
    const page = await world.page();
    await page.goto('/settings/integrations?tab=api');
    await page.getByTestId('save-key-form').click();
    await page.getByLabel('Name').fill('Bridge');
    const named = [
      ...['opportunities:read', 'opportunities:write', 'stages:read', 'tags:read'],
      'tags:write',
      ...['postings:read', 'users:read', 'notes:write', 'webhooks:read'],
    ];
    for (const box of await page.getByRole('checkbox').all()) {
      await box.setChecked(named.includes((await box.getAttribute('value')) ?? ''));
    }
    await page.getByTestId('save-key').click();
    return page.getByTestId('new-key').innerText();
  }

  async function answerForCodeSubmit(): Promise<void> {
    await terminal.answer('CodeSubmit API key', 'a-key-of-nobody');
    await terminal.until('the refusal', /! CodeSubmit rejects the key .*\n  → Check that you/);
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await terminal.until('CodeSubmit answers', /✓ CodeSubmit answers.*: 4 challenges/);
  }

  async function answerWhoGetsWhat(): Promise<void> {
    await terminal.search('Which stage starts the challenge?', 'take', 'Take-home');
    await terminal.until('the tags to copy', /codesubmit:backend +Backend\n/);
    await terminal.until('who is there', /due a challenge: Backend to Dana Invented\./);
    await terminal.answer('Invite them too?', '');
    await terminal.until('it is active', /✓ Active from now on/);
  }

  /** Without a webhook the daemon is asked to check during the test. */
  async function makeATrial(): Promise<void> {
    await terminal.choose('Run a test with your own e-mail address?', 'Yes');
    await terminal.until(
      'the command for the daemon',
      /In another terminal: codesubmit-lever serve/,
    );
    await world.serve();
    await terminal.untilAsked('Waiting for the move');
    const { lever, codesubmit } = world.simulator;
    for (const name of ['Farid Pretend', 'Bruno Makebelieve']) {
      const all = [...lever.opportunities.all.values()];
      const found = all.find(
        ({ contactId }) => lever.opportunities.contacts.get(contactId)?.name === name,
      );
      lever.actions.move(found?.id ?? '', 'Take-home');
    }
    await terminal.until(
      'the decision about the wrong tag',
      /! Farid Pretend is on hold: CodeSubmit doesn’t know the challenge/,
    );
    await terminal.until('the link', /✓ Bruno Makebelieve: the link is in Lever/);
    await terminal.until('the success', /✓ It works end to end/);
    await terminal.answer('Incoming webhook for alarms', '');
    const sent = codesubmit.invitations.map(({ email }) => email);
    expect(sent).toEqual(['bruno.makebelieve@example.com']);
    const robin = lever.account.users.find(({ name }) => name === 'Robin Recruiter');
    expect(lever.requests.writes().map(({ performAs }) => performAs)).toEqual([robin?.id]);
  }
});
