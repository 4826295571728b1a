// The setup session with OAuth and a public address: the rows of the vendor's own integration, one after another.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import type { Terminal } from '../support/terminal.js';
import { closeBrowser, hasDesk, SetupDesk } from './setup-desk.js';

const PUBLIC_URL = 'https://bridge.example.com';
const TAG = 'codesubmit:backend-api';

describe.skipIf(!hasDesk())('setting up by OAuth', () => {
  let world: SetupDesk;
  let terminal: Terminal;
  let page: Page;
  let client: { id: string; secret: string };

  beforeAll(async () => {
    world = await SetupDesk.start();
    terminal = await world.terminal();
    page = await world.page();
  });
  afterAll(() => world.live.close());
  afterAll(closeBrowser);

  it('says what it needs and where it runs', async () => {
    await terminal.enter('codesubmit-lever setup; echo "exit code $?"');
    await terminal.until('the requirements', /You need: a Super Admin of Lever/);
    await terminal.answerInstead('Public address', 'http://bridge.example.com');
    await terminal.until('no https', /Lever only delivers to those/);
    await terminal.press('C-u');
    await terminal.enter(PUBLIC_URL);
    await terminal.until(
      'what the proxy forwards',
      new RegExp(`Forward /webhooks/, /oauth/ and /healthz to 127\\.0\\.0\\.1:${world.port};`),
    );
  });

  it('1: shows the callback first, and logs in by a window that lists the permissions', async () => {
    await terminal.answer('Lever API key', '');
    await terminal.choose('Which Lever?', 'Sandbox');
    await terminal.choose('How do you want to connect?', 'OAuth client');
    const [, callback = ''] = await terminal.until('the callback', /^ {2}(http\S+callback)$/m);
    expect(callback).toBe(world.callback);
    await terminal.untilAsked('Client id');
    client = await registerClient(callback);
    await terminal.enter(client.id);
    const link = await answerSecret(client.secret);
    await page.goto(`${world.callback}?code=a-code&state=not-ours`);
    await page.getByText('That URL is not from a login in progress here').waitFor();
    await page.goto(link);
    await page.getByTestId('authorize-deny').click();
    await page.getByText('Lever is not connected').waitFor();
    await terminal.until('the denial', /! Lever did not grant access: someone declined/);
    await terminal.answer('Client id', '');
    await page.goto(await answerSecret('not the secret'));
    await page.getByTestId('authorize-accept').click();
    await terminal.until('the secret', /! Lever rejects the client id or its secret/);
    await terminal.answer('Client id', '');
    await page.goto(await answerSecret(client.secret));
    await page.getByLabel('You are').selectOption({ label: 'Robin Recruiter (admin)' });
    await page.getByTestId('authorize-accept').click();
    await terminal.until('no Super Admin', /not a Super Admin\./);
    await terminal.answer('Client id', '');
    await accept(await answerSecret(client.secret));
    await terminal.until('Lever answers', /✓ Lever answers: 6 stages/);
    expect(await terminal.screen()).not.toContain(client.secret);
  });

  it('2: asks in whose name, and for CodeSubmit’s key', async () => {
    await terminal.search('Which Lever user should appear as the author?', 'sam', 'Sam Superadmin');
    await page.goto(`${world.simulator.codesubmitUrl}/settings/integrations`);
    await page.getByTestId('make-key').click();
    await terminal.answer('CodeSubmit API key', await page.getByTestId('new-key').innerText());
    await terminal.until('CodeSubmit answers', /✓ CodeSubmit answers.*: 4 challenges/);
  });

  it('3 and 8: finds the stage by searching, and shows the tag', async () => {
    await terminal.untilAsked('Which stage starts the challenge?');
    const stages = /New lead\n.*New applicant\n.*Phone screen\n.*Take-home\n.*On-site\n.*Offer/;
    await terminal.until('the pipeline in its order', stages);
    await terminal.search('Which stage starts the challenge?', 'choose', 'Choose challenges');
    await terminal.search('Which stage starts the challenge?', 'home', 'Take-home');
    await terminal.search('Which challenge?', 'backend', 'Backend API');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search(
      'Which tag in Lever?',
      'codesubmit:backend-api',
      'codesubmit:backend-api (new)',
    );
    await terminal.until('the tag to copy', new RegExp(`^ {2}${TAG}$`, 'm'));
    await terminal.until('it is new', /! Lever doesn’t have this tag yet/);
    await page.goto('/');
    await page.getByRole('link', { name: 'Jo Pseudonym' }).click();
    await page.getByLabel('Add tags').fill(TAG);
    await page.getByTestId('add-tags').click();
    await page.getByTestId('tag').getByText(TAG).waitFor();
    await terminal.answer('Another rule?', '');
    await terminal.until('it is active', /✓ Active from now on/);
  });

  it('4 to 7: shows the webhook’s address, takes its token, and sees Verify Connection', async () => {
    const shown = /URL: +https:\/\/bridge\.example\.com(\/webhooks\/lever\/[0-9a-f]+)$/m;
    const [, path = ''] = await terminal.until('the address', shown);
    await page.goto('/settings/integrations?tab=webhooks');
    await page.getByTestId('save-webhook-form').click();
    // What a proxy in front of the daemon turns the public address into.
    await page.getByLabel('URL').fill(`http://127.0.0.1:${world.port}${path}`);
    await page.getByTestId('save-webhook').click();
    const token = await page.getByTestId('signature-token').innerText();
    // Nothing listens yet.
    await page.getByTestId('verify').click();
    await page.getByTestId('delivery').first().waitFor();
    const [delivery] = world.simulator.lever.webhooks.deliveries.values();
    await terminal.choose('Have you created it, with its signature token', 'Yes');
    await terminal.until('what the address answers', /! https:\/\/bridge\.example\.com can’t be/);
    await terminal.answer('Signature token of the webhook', 'short');
    await terminal.until('its shape', /has 5 characters; Lever’s have 48 hexadecimal ones/);
    await terminal.answer('Signature token of the webhook', String(delivery?.body['token']));
    await terminal.untilAsked('Waiting for Lever');
    await page.getByTestId('verify').click();
    await terminal.until(
      'the mismatch',
      /! A webhook was rejected: .*\n.*signature token from Lever, not the “token” of a delivery/,
    );
    await terminal.answer('Waiting for Lever', '');
    await terminal.choose('What now?', 'Paste the signature token again');
    await terminal.answer('Signature token of the webhook', token);
    await terminal.untilAsked('Waiting for Lever');
    await page.getByTestId('verify').click();
    await terminal.until('the terminal has seen it', /✓ Verified: Lever reaches this address/);
    await page.getByTestId('verification').getByText('Verified').waitFor();
    expect(await terminal.screen()).not.toContain(token);
  });

  it('9 and 10: a card is dragged, and each step appears until the link is in Lever', async () => {
    await terminal.choose('Run a test with your own e-mail address?', 'Yes');
    await terminal.until(
      'the command for the daemon',
      /In another terminal: codesubmit-lever serve/,
    );
    await world.serve();
    await terminal.untilAsked('Waiting for the move');
    await drag('Jo Pseudonym');
    const steps = [
      'Jo Pseudonym gets Backend API',
      'CodeSubmit accepted it and invited the candidate',
    ];
    for (const step of steps) await terminal.until(step, new RegExp(`✓ .*${step}`));
    await terminal.until('the link', /✓ Jo Pseudonym: the link is in Lever/);
    await terminal.until('the success', /✓ It works end to end/);
    await terminal.answer('Incoming webhook for alarms', '');
    await terminal.until('the end', /exit code 0/);
    const link = await linkOf('Jo Pseudonym');
    const challenge = await world.page();
    await challenge.goto(link);
    await challenge.getByTestId('start').waitFor();
  });

  it('sums up what is set', async () => {
    const summary = (await terminal.screen()).split('Summary')[1] ?? '';
    expect(summary).toContain(`✓ Take-home + ${TAG} → Backend API`);
    expect(summary).not.toContain('!');
    const { integration } = await world.live.status();
    expect(integration.state).toBe('active');
    expect(integration.lever.auth).toBe('oauth');
    expect(integration.webhook.verifiedAt).not.toBeNull();
  });

  it('11: notices Revoke Access, burns nothing, and sends what waited after a new login', async () => {
    await page.goto('/settings/integrations?tab=authorized');
    await page.getByTestId('revoke-access').click();
    await page.getByText('No app has access.').waitFor();
    await page.goto('/');
    await page.getByRole('link', { name: 'Greta Notreal' }).click();
    await page.getByLabel('Add tags').fill(TAG);
    await page.getByTestId('add-tags').click();
    await drag('Greta Notreal');
    await eventually('it is noticed', async () => {
      const { integration } = await world.live.status();
      return integration.state === 'needs_reauth';
    });
    expect(world.simulator.codesubmit.invitations).toHaveLength(1);
    terminal = await world.terminal();
    await terminal.enter('codesubmit-lever setup; echo "exit code $?"');
    await terminal.until('the problem', /! Lever (?:no longer accepts|rejects) .*everything waits/);
    expect((await terminal.screen()).match(/^.*Lever.*(login|rejects)/gm)).toHaveLength(1);
    await terminal.answer('What do you want to change?', '');
    await terminal.until('that is proposed', /What do you want to change\? Lever$/m);
    await terminal.answer('How do you want to connect?', '');
    await terminal.answer('Client id', '');
    await terminal.untilAsked('Client secret (Enter keeps the stored one)');
    await accept(await answerSecret(''));
    await terminal.answer('Which Lever user should appear as the author?', '');
    await terminal.until('the same as before', /as the author\? .*Sam Superadmin/);
    await terminal.choose('What do you want to change?', 'Nothing, done');
    await terminal.until('the end', /exit code 0/);
    await eventually('what waited is linked', async () => {
      const { counts, integration } = await world.live.status();
      return counts['linked'] === 2 && integration.state === 'active';
    });
    expect(await linkOf('Greta Notreal')).toContain('/c/');
  });

  it('11: disconnects, and no longer answers Lever', async () => {
    await terminal.enter('codesubmit-lever revoke; echo "exit code $?"');
    await terminal.answer('Disconnect the integration and erase its keys', 'y');
    await terminal.until('what is left to do', /press Revoke Access under Authorized Apps/);
    const { integration } = await world.live.status();
    expect(integration.state).toBe('revoked');
    await page.goto('/settings/integrations?tab=webhooks');
    await page.getByTestId('verify').click();
    await page.getByTestId('verification').getByText('answered 404').waitFor();
    expect(world.simulator.codesubmit.forbiddenCalls).toEqual([]);
  });

  /** The admin's own client, created on Lever's page with the callback from the terminal. */
  async function registerClient(callback: string) {
    await page.goto('/settings/integrations?tab=oauth');
    await page.getByTestId('save-client-form').click();
    await page.getByLabel('Name').fill('Our bridge');
    await page.getByLabel('Callback URL').fill(callback);
    await page.getByTestId('save-client').click();
    const id = await page.getByTestId('new-client-id').innerText();
    return { id, secret: await page.getByTestId('new-client-secret').innerText() };
  }

  /** Resolves with the link from the terminal. */
  async function answerSecret(secret: string): Promise<string> {
    await terminal.answer('Client secret', secret);
    await terminal.answer('Include confidential jobs?', '');
    await terminal.untilAsked('Waiting for the browser');
    const links = (await terminal.screen()).matchAll(/^ {2}(http\S+authorize\?\S+)$/gm);
    return [...links].at(-1)?.[1] ?? '';
  }

  /** Opens the link from the terminal, and accepts as the Super Admin. */
  async function accept(link: string): Promise<void> {
    expect([...new URL(link).searchParams.keys()]).toContain('code_challenge');
    const opened = await world.page();
    await opened.goto(link);
    await opened.getByText('Our bridge asks for access').waitFor();
    await opened.getByTestId('permissions').getByText('stages:read:admin').waitFor();
    await opened.getByTestId('authorize-accept').click();
    await opened.getByText('Lever is connected').waitFor();
    expect(opened.url().startsWith(world.callback)).toBe(true);
  }

  async function drag(name: string): Promise<void> {
    await page.goto('/');
    const card = page.getByTestId('card').filter({ hasText: name });
    const stage = page.getByTestId('stage').and(page.getByLabel('Take-home'));
    // Not at its centre, where the select is.
    await card.dragTo(stage, { sourcePosition: { x: 8, y: 8 } });
    await stage.getByRole('link', { name }).waitFor();
  }

  async function linkOf(name: string): Promise<string> {
    await page.goto('/');
    await page.getByRole('link', { name }).click();
    const link = page.getByTestId('link').getByRole('link');
    return (await link.getAttribute('href')) ?? '';
  }
});
