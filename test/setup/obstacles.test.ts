// The setup session of an admin who makes mistakes, interrupts it, uses SSH, or has an odd
// terminal.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  seedCodeSubmitApiKey,
  seedLeverApiKey,
  seedLeverOAuthClient,
} from '../../src/simulator/seed/base-seed.js';
import { eventually } from '../rigs/eventually.js';
import type { Terminal } from '../support/terminal.js';
import { closeBrowser, hasDesk, SetupDesk } from './setup-desk.js';

const SETUP = 'codesubmit-lever setup; echo "exit code $?"';
const COLOUR = /\u001b\[(?:[34]\d|9\d|[34]8;[\d;]+)m/;
const { id: CLIENT_ID, secret: CLIENT_SECRET, callbacks } = seedLeverOAuthClient;

describe.skipIf(!hasDesk())('the setup session', () => {
  let world: SetupDesk;

  beforeEach(async () => {
    world = await SetupDesk.start();
  });
  afterEach(() => world.live.close());
  afterAll(closeBrowser);

  it('ends on Ctrl-C with 130, keeps each answer, and continues from there, in colour', async () => {
    const terminal = await world.terminal();
    await terminal.enter(SETUP);
    await answerPlace(terminal);
    await terminal.untilAsked('Which Lever?');
    await terminal.untilRecorded('a colour', COLOUR);
    await answerLeverKey(terminal);
    await terminal.untilAsked('CodeSubmit API key');
    await terminal.type('half a k');
    await terminal.press('C-c');
    await terminal.until('the end', /Interrupted\.[^]*exit code 130/);
    // Without a terminal it asks nothing, and names the flag.
    const alone = await world.live.run('setup');
    expect(alone).toMatchObject({ code: 2, stdout: '' });
    expect(alone.stderr).toMatch(/--[a-z-]+/);
    const again = await world.terminal();
    await again.enter(SETUP);
    await again.until('what was kept', /✓ Lever: connected already/);
    await again.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await again.untilAsked('Which stage starts');
    expect(await again.screen()).not.toMatch(/Can Lever reach|Lever API key/);
    await again.press('C-c');
    await again.until('the end', /exit code 130/);
    const third = await world.terminal();
    await third.enter(SETUP);
    await third.until('what was kept', /✓ CodeSubmit: connected already/);
    await answerRules(third);
    await third.choose('Who should be notified when something needs you?', 'No one');
    await third.choose('Run a test with your own', 'Skip');
    await third.until('the end', /exit code 0/);
    const summary = (await third.screen()).split('Summary')[1] ?? '';
    expect(summary).toContain(
      '! The daemon isn’t running yet.\n  → Start it: codesubmit-lever serve',
    );
    expect(summary).toContain('codesubmit-lever service install');
  });

  it('goes back on Esc, so a typo costs one correction, and keeps a rule through Ctrl-C', async () => {
    const terminal = await world.terminal();
    await terminal.enter(SETUP);
    await terminal.choose('Can Lever reach this machine', 'Yes');
    await terminal.answer('Public address', 'hooks.example.com');
    await terminal.answerInstead('Port for the daemon', String(world.port));
    await terminal.until('it is completed', /✓ Public at https:\/\/hooks\.example\.com, /);
    await terminal.untilAsked('Which Lever?');
    await terminal.press('Escape');
    await terminal.answerInstead('Port for the daemon', String(world.port));
    await answerLeverKey(terminal);
    await terminal.untilAsked('CodeSubmit API key');
    await terminal.press('Escape');
    await terminal.answer('Which Lever user should appear', '');
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await terminal.search('Which stage starts', 'offer', 'Offer');
    await terminal.search('Which challenge?', 'front', 'Frontend React');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search(
      'Which tag in Lever?',
      'codesubmit:frontent',
      'codesubmit:frontent (new)',
    );
    await terminal.choose('Did you mean codesubmit:frontend?', 'No, codesubmit:frontent');
    await terminal.untilAsked('Is it there now?');
    await terminal.press('Escape');
    await terminal.search(
      'Which tag in Lever?',
      'codesubmit:frontent',
      'codesubmit:frontent (new)',
    );
    await terminal.choose('Did you mean codesubmit:frontend?', 'Yes, codesubmit:frontend');
    await terminal.answer('Due in how many days?', '');
    await terminal.untilAsked('Another rule?');
    await terminal.press('C-c');
    await terminal.until('the end', /exit code 130/);
    const again = await world.terminal();
    await again.enter(SETUP);
    await again.until(
      'the rule',
      /✓ Offer \+ codesubmit:frontend → Frontend React, as you answered/,
    );
    await again.answer('Another rule?', '');
    await again.choose('1 candidate is already in these stages.', 'Leave them');
    await again.until('it is active', /✓ Active from now on/);
    const [rule, ...others] = (await world.live.status()).integration.rules;
    expect([rule?.tag, others]).toEqual(['codesubmit:frontend', []]);
  });

  it('fits 60 columns, without colour, and keeps the link whole', async () => {
    const terminal = await world.terminal({ columns: 60, env: { NO_COLOR: '1' } });
    world.simulator.lever.oauth.addCallbacks(CLIENT_ID, [world.callback]);
    await terminal.enter(SETUP);
    await answerPlace(terminal);
    const link = await beginLogin(terminal);
    expect([...new URL(link).searchParams.keys()]).toContain('code_challenge');
    const page = await world.page();
    await page.goto(link);
    await page.getByTestId('authorize-accept').click();
    await page.getByText('Lever is connected').waitFor();
    await terminal.search('Which Lever user should appear as the author?', 'toni', 'Toni');
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await answerRules(terminal);
    await terminal.choose('Who should be notified when something needs you?', 'No one');
    await terminal.choose('Run a test with your own', 'Skip');
    await terminal.until('the end', /exit code 0/);
    expect(Math.max(...(await terminal.lines()).map(({ length }) => length))).toBeLessThan(61);
    expect(terminal.record()).not.toMatch(COLOUR);
  });

  it('asks for a callback without a public address, and accepts a pasted address', async () => {
    const [callback = ''] = callbacks;
    const terminal = await world.terminal({ env: { LEVER_REDIRECT_URI: '' } });
    await terminal.enter(SETUP);
    await answerPlace(terminal);
    await terminal.choose('Which Lever?', 'Sandbox');
    await terminal.choose('How do you want to connect?', 'OAuth client');
    await terminal.answer('One of the client’s callbacks', 'http://bridge.example.com/back');
    await terminal.until('no plain http', /plain http works only for this machine/);
    await terminal.press('C-u');
    await terminal.enter(callback);
    await terminal.answer('Client id', CLIENT_ID);
    const link = await answerSecret(terminal, CLIENT_SECRET);
    await terminal.until('the callback', new RegExp(`^ {2}${callback}$`, 'm'));
    await terminal.until('what to paste', /Paste its address below/);
    await terminal.enter('');
    await terminal.until('nothing was pasted', /Paste the whole address\./);
    const page = await world.page();
    await terminal.enter(await endOfLogin(page, link));
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
  });

  it('accepts a pasted address when the daemon’s port is taken', async () => {
    world.simulator.lever.oauth.addCallbacks(CLIENT_ID, [world.callback]);
    const terminal = await world.terminal();
    await terminal.enter(SETUP);
    await answerPlace(terminal);
    await world.occupy(world.port);
    const link = await beginLogin(terminal);
    await terminal.until('the port', /! Port \d+ of this machine is taken by .+ \(process \d+\)\./);
    const page = await world.page();
    await terminal.enter(await endOfLogin(page, link));
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
  });

  it('accepts a login that returns to the public address, before any daemon runs', async () => {
    const callback = 'https://bridge.example.com/oauth/lever/callback';
    world.simulator.lever.oauth.addCallbacks(CLIENT_ID, [callback]);
    const terminal = await world.terminal({ env: { LEVER_REDIRECT_URI: '' } });
    await terminal.enter(SETUP);
    await answerPlace(terminal, 'https://bridge.example.com');
    const link = await beginLogin(terminal);
    await terminal.until('the callback', new RegExp(`^ {2}${callback}$`, 'm'));
    const page = await world.page();
    const back = page.waitForRequest((request) => request.url().startsWith(callback));
    await page.goto(link);
    await page.getByTestId('authorize-accept').click();
    const { pathname, search } = new URL((await back).url());
    // What a proxy in front of the daemon turns it into.
    const proxied = await world.page();
    await proxied.goto(`http://127.0.0.1:${world.port}${pathname}${search}`);
    await proxied.getByText('Lever is connected').waitFor();
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
  });

  it('explains a denial, a foreign answer and a wrong secret, and asks again', async () => {
    const terminal = await world.terminal();
    world.simulator.lever.oauth.addCallbacks(CLIENT_ID, [world.callback]);
    await terminal.enter(SETUP);
    await answerPlace(terminal);
    const page = await world.page();
    await page.goto(await beginLogin(terminal));
    await page.getByTestId('authorize-deny').click();
    await page.getByText('Lever is not connected').waitFor();
    await terminal.until('the denial', /! Lever did not grant access: someone declined/);
    await page.goto(await answerClient(terminal, 'not the secret'));
    await page.getByTestId('authorize-accept').click();
    await terminal.until('the secret', /! Lever rejects the client id or its secret/);
    const link = await answerClient(terminal, CLIENT_SECRET);
    await page.goto(`${world.callback}?code=a-code&state=of-somebody-else`);
    await page.getByText('That URL is not from a login started here').waitFor();
    await page.goto(link);
    await page.getByLabel('You are').selectOption({ label: 'Robin Recruiter (admin)' });
    await page.getByTestId('authorize-accept').click();
    await terminal.until('no Super Admin', /not a Super Admin\.[^]*not a Super Admin\./);
    await page.goto(await answerClient(terminal, CLIENT_SECRET));
    await page.getByTestId('authorize-accept').click();
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
  });

  it('names a wrong signature token, and a delivery’s token in its place', async () => {
    const terminal = await world.terminal();
    await terminal.enter(SETUP);
    await answerPlace(terminal, 'https://bridge.example.com');
    await answerLeverKey(terminal);
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await answerRules(terminal);
    const [, path = ''] = await terminal.until('the address', /URL: +https:\/\/[^/]+(\S+)$/m);
    const { page, token, deliveryToken } = await addWebhook(path);
    await terminal.choose('Have you created it, with its signature token', 'Yes');
    await terminal.answer('Signature token of the webhook', 'short');
    await terminal.until(
      'its shape',
      /! Lever’s tokens have 48 hexadecimal characters; this one has 5/,
    );
    await terminal.choose('Use it anyway?', 'No, paste it again');
    await terminal.answer('Signature token of the webhook', deliveryToken);
    await terminal.untilAsked('Waiting for Lever');
    await page.getByTestId('verify').click();
    await terminal.until('the mismatch', /! A delivery came, but its signature doesn’t match/);
    await page.getByTestId('rerun').last().click();
    await terminal.until('the mix-up', /! .*you pasted the “token” of a delivery/);
    await terminal.answer('Waiting for Lever', '');
    await terminal.choose('What now?', 'Paste the signature token again');
    await terminal.answer('Signature token of the webhook', token);
    await terminal.untilAsked('Waiting for Lever');
    await page.getByTestId('verify').click();
    await terminal.until('verified', /✓ Verified/);
  });

  async function answerPlace(terminal: Terminal, publicUrl?: string): Promise<void> {
    await terminal.choose('Can Lever reach this machine', publicUrl === undefined ? 'No' : 'Yes');
    if (publicUrl !== undefined) await terminal.answer('Public address', publicUrl);
    await terminal.answerInstead('Port for the daemon', String(world.port));
  }

  async function answerLeverKey(terminal: Terminal): Promise<void> {
    await terminal.choose('Which Lever?', 'Sandbox');
    await terminal.choose('How do you want to connect?', 'API key');
    await terminal.answer('Lever API key', seedLeverApiKey);
    await terminal.answer('Which Lever user should appear', '');
  }

  async function answerRules(terminal: Terminal): Promise<void> {
    await terminal.search('Which stage starts', 'offer', 'Offer');
    await terminal.search('Which challenge?', 'front', 'Frontend React');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search('Which tag in Lever?', 'codesubmit:frontend', 'codesubmit:frontend');
    await terminal.answer('Due in how many days?', '');
    await terminal.answer('Another rule?', '');
    await terminal.choose('1 candidate is already in these stages.', 'Leave them');
  }

  /** Resolves with the link from the terminal. */
  async function beginLogin(terminal: Terminal): Promise<string> {
    await terminal.choose('Which Lever?', 'Sandbox');
    await terminal.choose('How do you want to connect?', 'OAuth client');
    await terminal.answer('Client id', CLIENT_ID);
    return answerSecret(terminal, CLIENT_SECRET);
  }

  /** The id is proposed again. */
  async function answerClient(terminal: Terminal, secret: string): Promise<string> {
    await terminal.answer('Client id', '');
    return answerSecret(terminal, secret);
  }

  async function answerSecret(terminal: Terminal, secret: string): Promise<string> {
    await terminal.answer('Client secret', secret);
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

  /** In the browser; a delivery of it has failed before anything listens. */
  async function addWebhook(path: string) {
    const page = await world.page();
    await page.goto('/settings/integrations?tab=webhooks');
    await page.getByTestId('save-webhook-form').click();
    await page.getByLabel('URL').fill(`http://127.0.0.1:${world.port}${path}`);
    await page.getByTestId('save-webhook').click();
    const token = await page.getByTestId('signature-token').innerText();
    await page.getByTestId('verify').click();
    await page.getByTestId('delivery').first().waitFor();
    const deliveryToken = await eventually('a delivery', () => {
      const [first] = world.simulator.lever.webhooks.deliveries.values();
      return first && String(first.body['token']);
    });
    return { page, token, deliveryToken };
  }
});
