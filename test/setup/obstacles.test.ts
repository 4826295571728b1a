// The setup session of an admin who makes mistakes, interrupts it, uses SSH, or has an odd
// terminal.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  seedCodeSubmitApiKey,
  seedLeverApiKey,
  seedLeverOAuthClient,
} from '../../src/simulator/seed/base-seed.js';
import { loadSettings } from '../../src/store/settings/settings.js';
import { parseReport } from '../docs/report-schemas.js';
import { AlarmChannel } from '../alarms/alarm-channel.js';
import type { Terminal } from '../support/terminal.js';
import { closeBrowser, hasDesk, SetupDesk } from './setup-desk.js';

const SETUP = 'codesubmit-lever setup; echo "exit code $?"';
const KEYS = { LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };
const COLOUR = /\u001b\[(?:[34]\d|9\d|[34]8;[\d;]+)m/;
const { id: CLIENT_ID, secret: CLIENT_SECRET, callbacks } = seedLeverOAuthClient;

describe.skipIf(!hasDesk())('the setup session', () => {
  let world: SetupDesk;

  beforeEach(async () => {
    world = await SetupDesk.start();
  });
  afterEach(() => world.live.close());
  afterAll(closeBrowser);

  it('ends on Ctrl-C with 130 and keeps each answer; Esc goes back; in colour', async () => {
    const terminal = await world.terminal();
    await terminal.enter(SETUP);
    await terminal.answerInstead('Public address', 'hooks example com');
    await terminal.until('what to type', /> Type an http or https address\./);
    await terminal.press('C-u');
    await terminal.enter('hooks.example.com');
    await terminal.until(
      'it is completed',
      /^The daemon .*; public address: https:\/\/hooks\.example\.com\.$/m,
    );
    await terminal.untilAsked('Lever API key');
    await terminal.press('Escape');
    await terminal.answer('Public address', '');
    await terminal.untilAsked('Lever API key');
    await terminal.untilRecorded('a colour', COLOUR);
    await terminal.answer('Lever API key', seedLeverApiKey);
    await terminal.search('Which Lever user should appear', 'no one', 'No one');
    await terminal.untilAsked('CodeSubmit API key');
    await terminal.press('Escape');
    // Enter keeps the answer from before.
    await terminal.answer('Which Lever user should appear', '');
    await terminal.untilAsked('CodeSubmit API key');
    const { performAs } = await world.live.withApp((app) => loadSettings(app.database));
    expect(performAs).toBeNull();
    await terminal.type('half a k');
    await terminal.press('C-c');
    await terminal.until('the end', /Interrupted\.[^]*exit code 130/);
    // Without a terminal it asks nothing, and names the flag.
    const alone = await world.live.run('setup');
    expect(alone).toMatchObject({ code: 2, stdout: '' });
    expect(alone.stderr).toMatch(/--[a-z-]+/);
    world.simulator.lever.account.addStage({ text: 'Offer', id: 'made-again' });
    const again = await world.terminal();
    await again.enter(SETUP);
    await again.until(
      'what was kept',
      /Lever API key, as you answered before\. Checking it …\n✓ Lever answers/,
    );
    await again.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await again.search('Which stage starts', 'choose', 'Choose challenges');
    await again.search('Which stage starts', 'again', 'Offer (made-again)');
    expect(await again.screen()).not.toMatch(/Public address that|\? Lever API key/);
    await again.search('Which challenge?', 'front', 'Frontend React');
    await again.choose('Who in that stage gets it?', 'Candidates with a tag');
    for (const [tag, why] of [
      ['codesubmit:*', /> Type another: no tag of one challenge ends in \*/],
      ['go: started', /> Type another: tags that end like go: started show recruiters/],
    ] as const) {
      await again.untilAsked('Which tag in Lever?');
      await again.type(tag);
      await again.until('why not', why);
      await again.press('Enter');
      await again.press('Escape');
      await again.choose('Who in that stage gets it?', 'Candidates with a tag');
    }
    await again.search('Which tag in Lever?', 'codesubmit:frontent', 'codesubmit:frontent (new)');
    await again.choose('Did you mean codesubmit:frontend?', 'No, codesubmit:frontent');
    await again.untilAsked('Another rule?');
    await again.press('Escape');
    await again.search('Which stage starts', 'again', 'Offer (made-again)');
    await again.search('Which challenge?', 'front', 'Frontend React');
    await again.choose('Who in that stage gets it?', 'Candidates with a tag');
    await again.search('Which tag in Lever?', 'codesubmit:frontent', 'codesubmit:frontent (new)');
    await again.choose('Did you mean codesubmit:frontend?', 'Yes, codesubmit:frontend');
    await again.untilAsked('Another rule?');
    await again.press('C-c');
    await again.until('the end', /exit code 130/);
    const third = await world.terminal();
    await third.enter(SETUP);
    await third.until(
      'what was kept',
      /CodeSubmit API key, as you answered before\. Checking it …\n✓ CodeSubmit/,
    );
    await third.until('the rule', /✓ Offer \+ codesubmit:frontend → Frontend React\n/);
    await third.choose('These rules are kept from before.', 'Keep them');
    await third.until('it is active', /✓ Active from now on/);
    const [rule, ...others] = (await world.live.status()).integration.rules;
    expect([rule?.tag, others]).toEqual(['codesubmit:frontend', []]);
  });

  it('asks for a callback without a public address, accepts a pasted address, and fits 60 columns without colour', async () => {
    const [callback = ''] = callbacks;
    const env = { LEVER_REDIRECT_URI: '', NO_COLOR: '1' };
    const terminal = await world.terminal({ columns: 60, env });
    await terminal.enter(SETUP);
    await terminal.answer('Public address', '');
    await terminal.answer('Lever API key', '');
    await terminal.choose('Which Lever?', 'Sandbox');
    await terminal.choose('How do you want to connect?', 'OAuth client');
    await terminal.answer('One of the client’s callbacks', 'http://bridge.example.com/back');
    await terminal.until('no plain http', /plain http is for localhost only/);
    await terminal.press('C-u');
    await terminal.enter(callback);
    await terminal.answer('Client id', CLIENT_ID);
    const link = await answerSecret(terminal);
    await terminal.until('the callback', new RegExp(`^ {2}${callback}$`, 'm'));
    await terminal.until('what to paste', /Paste its\s+address below/);
    await terminal.enter('');
    await terminal.until('nothing was pasted', /Paste the whole address\./);
    const page = await world.page();
    await terminal.enter(await endOfLogin(page, link));
    await terminal.search('Which Lever user should appear as the author?', 'toni', 'Toni');
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await answerRules(terminal);
    await terminal.choose('Run a test with your own', 'Skip');
    await terminal.answer('Incoming webhook for alarms', '');
    await terminal.until('the end', /exit code 0/);
    const summary = (await terminal.screen()).split('Summary')[1] ?? '';
    expect(summary).toContain(
      '! The daemon isn’t running yet.\n  → Start it: codesubmit-lever serve',
    );
    expect(summary).toContain('codesubmit-lever service install');
    expect(Math.max(...(await terminal.lines()).map(({ length }) => length))).toBeLessThan(61);
    expect(terminal.record()).not.toMatch(COLOUR);
  });

  it('accepts a pasted address when the daemon’s port is taken, and asks no client that the environment gives', async () => {
    world.simulator.lever.oauth.addCallbacks(CLIENT_ID, [world.callback]);
    const terminal = await world.terminal({ env: { LEVER_CLIENT_ID: CLIENT_ID } });
    await terminal.enter(SETUP);
    await terminal.answer('Public address', '');
    await world.occupy(world.port);
    const link = await beginLogin(terminal);
    await terminal.until(
      'the port',
      /! Can’t listen on 127\.0\.0\.1:\d+: .+ \(lsof -i :\d+ names it\) already uses that port/,
    );
    const page = await world.page();
    await terminal.enter(await endOfLogin(page, link));
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
    expect(await terminal.screen()).not.toContain('? Client id');
  });

  it('keeps the tokens of all webhooks when Enter keeps the stored one', async () => {
    const { live } = world;
    Object.assign(live.environment, KEYS);
    const files = ['abc1', 'abc2'].flatMap((part) => {
      const file = join(live.folder, part);
      writeFileSync(file, part.repeat(12));
      return ['--signing-token-file', file];
    });
    const rule = ['--rule', 'stage=Offer;tag=codesubmit:*;challenge=*'];
    const where = ['--public-url', 'https://hooks.example.com'];
    await live.succeed('setup', '--no-input', ...where, ...rule, ...files);
    const terminal = await world.terminal();
    await terminal.enter('codesubmit-lever setup');
    await terminal.choose('What do you want to change', 'The webhook');
    await terminal.choose('Have you created it', 'Yes');
    await terminal.answer('Signature token of the webhook (Enter keeps', '');
    await terminal.answer('Waiting for Lever', '');
    await terminal.until('what to check', /! Nothing has arrived from Lever yet\./);
    const listLasting = () =>
      live.withApp((app) =>
        app.database.all(
          `SELECT id FROM secrets WHERE name = 'signing_token' AND expires_at IS NULL`,
        ),
      );
    expect(await listLasting()).toHaveLength(2);
    // The environment's is a new one, and stored as if it were typed.
    const other = await world.terminal({ env: { LEVER_SIGNING_TOKEN: 'abc3'.repeat(12) } });
    await other.enter('codesubmit-lever setup');
    await other.choose('What do you want to change', 'The webhook');
    await other.choose('Have you created it', 'Yes');
    await other.until('it is stored', /LEVER_SIGNING_TOKEN is set here\. Checking it …\n✓ Saved/);
    expect(await listLasting()).toHaveLength(1);
  });

  it('says why another port can’t be chosen, and goes back from the alarms’ test to their address', async () => {
    const channel = await AlarmChannel.open();
    world.live.onClose(() => channel.close());
    const terminal = await world.terminal({ env: KEYS });
    await terminal.enter(SETUP);
    await terminal.answerInstead('Public address', 'hooks.example.com');
    await terminal.search('Which stage starts', 'offer', 'Offer');
    await world.occupy(world.port);
    await terminal.choose('Have you created it', 'Yes');
    await terminal.until(
      'whose port',
      /already uses that port[^]*→ PORT in the environment sets it: change it there/,
    );
    await terminal.answer('Signature token of the webhook', 'abc1'.repeat(12));
    await terminal.answer('Waiting for Lever', '');
    await terminal.choose('Run a test with your own', 'Skip');
    await terminal.answer('Incoming webhook for alarms', channel.url);
    await terminal.untilAsked('Did the test message arrive');
    await terminal.press('Escape');
    await terminal.answer('Incoming webhook for alarms', '');
    await terminal.until('no one', /✓ No one is notified/);
    expect(channel.texts).toHaveLength(1);
    // Nobody was asked about those in the stage, who have no tag: none of them is approved for one that comes later.
    const { people } = parseReport('preview', await world.live.run('preview', '--json'));
    expect(people.map(({ reason }) => reason)).toEqual(['before_activation']);
  });

  it('goes on where the alarms’ test didn’t arrive at the environment’s address', async () => {
    const channel = await AlarmChannel.open();
    world.live.onClose(() => channel.close());
    Object.assign(world.live.environment, KEYS);
    const rule = 'stage=Offer;tag=codesubmit:*;challenge=*';
    const given = ['--public-url', 'none', '--rule', rule];
    await world.live.succeed('setup', '--no-input', ...given);
    const terminal = await world.terminal({ env: { ALARM_WEBHOOK_URL: channel.url } });
    await terminal.enter('codesubmit-lever setup');
    await terminal.choose('What do you want to change', 'Alarms');
    await terminal.answer('Did the test message arrive', 'n');
    await terminal.until('what to do', /Then correct ALARM_WEBHOOK_URL/);
    await terminal.choose('What do you want to change', 'Nothing, done');
    await terminal.until('the end', /To change anything: codesubmit-lever setup/);
  });

  it('with --existing invite reaches those in the stage who are due a challenge only later', async () => {
    const { lever } = world.simulator;
    world.live.environment.CODESUBMIT_API_KEY = seedCodeSubmitApiKey;
    const first = await world.terminal();
    await first.enter(SETUP);
    await first.answer('Public address', '');
    await first.answer('Lever API key', seedLeverApiKey);
    await first.untilAsked('Which Lever user should appear');
    await first.press('C-c');
    await first.until('the end', /exit code 130/);
    // A client that is left there doesn't change the way to connect.
    const terminal = await world.terminal({ env: { LEVER_CLIENT_ID: 'left-over' } });
    await terminal.enter('codesubmit-lever setup --existing invite; echo "exit code $?"');
    await terminal.answer('Which Lever user should appear', '');
    await terminal.search('Which stage starts', 'offer', 'Offer');
    await terminal.until('it is active', /✓ Active from now on/);
    await terminal.press('C-c');
    await terminal.until('the end', /exit code 130/);
    const inOffer = lever.account.getStage('Offer').id;
    const [late] = [...lever.opportunities.all.values()].filter(
      ({ stageId }) => stageId === inOffer,
    );
    lever.actions.addTags(late?.id ?? '', ['codesubmit:backend-api']);
    const { stdout } = await world.live.run('preview', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ people: [{ decision: 'invite' }] });
  });

  async function answerRules(terminal: Terminal): Promise<void> {
    await terminal.search('Which stage starts', 'choose', 'Choose challenges');
    await terminal.search('Which stage starts', 'offer', 'Offer');
    await terminal.search('Which challenge?', 'front', 'Frontend React');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search('Which tag in Lever?', 'codesubmit:frontend', 'codesubmit:frontend');
    await terminal.until('that tag', /✓ Offer \+ codesubmit:frontend → Frontend React/);
    await terminal.answer('Another rule?', '');
  }

  /** Resolves with the link from the terminal. */
  async function beginLogin(terminal: Terminal): Promise<string> {
    await terminal.answer('Lever API key', '');
    await terminal.choose('Which Lever?', 'Sandbox');
    await terminal.choose('How do you want to connect?', 'OAuth client');
    return answerSecret(terminal);
  }

  async function answerSecret(terminal: Terminal): Promise<string> {
    await terminal.answer('Client secret', CLIENT_SECRET);
    await terminal.answer('Include confidential jobs?', '');
    await terminal.untilAsked('Waiting for the browser');
    return (
      (await terminal.screen())
        .match(/^ {2}http\S+authorize\?\S+$/gm)
        ?.at(-1)
        ?.trim() ?? ''
    );
  }

  /** Accepts, and takes the address that the browser goes to; anything may answer there. */
  async function endOfLogin(page: Page, link: string): Promise<string> {
    const isBack = /\/oauth\/lever\/callback\?.*code=/;
    const back = page.waitForRequest((request) => isBack.test(request.url()));
    await page.goto(link);
    await page.getByTestId('authorize-accept').click();
    return (await back).url();
  }
});
