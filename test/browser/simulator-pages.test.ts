// The simulator's pages in a real browser: what needs script, and how people click.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { oauthApp } from '../simulator/oauth-app.js';
import { eventually } from '../rigs/eventually.js';
import { openSimulator, type Caller } from '../simulator/simulator-client.js';
import { startWebhookReceiver } from '../simulator/webhook-receiver.js';
import { hasChromium, openChromium } from './open-chromium.js';

describe.skipIf(!hasChromium())('in chromium', () => {
  let browser: Browser | undefined;
  let caller: Caller;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(async () => {
    if (browser) await browser.close();
  });
  beforeEach(async () => {
    caller = await openSimulator();
    page = await browser!.newPage({ baseURL: caller.simulator.lever.origin });
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') problems.push(line.text());
    });
  });
  afterEach(async () => {
    await page.close();
    await caller.close();
    expect(problems.splice(0)).toEqual([]);
  });

  const stage = (name: string) => page.getByTestId('stage').and(page.getByLabel(name));
  const card = (name: string) => page.getByTestId('card').filter({ hasText: name });

  it('drags a card to another stage', async () => {
    await page.goto('/');
    // Not by its middle, where the select is.
    const byItsCorner = { sourcePosition: { x: 8, y: 8 } };
    await card('Ada Fictional').dragTo(stage('Take-home'), byItsCorner);
    const moved = stage('Take-home').getByRole('link', { name: 'Ada Fictional' });
    await moved.waitFor();
    expect(await stage('New applicant').getByText('Ada Fictional').count()).toBe(0);
    await moved.click();
    await page.getByTestId('stage').getByText('Take-home').waitFor();
  });

  it('moves a card by its button', async () => {
    await page.goto('/');
    await page.getByLabel('Stage of Bruno Makebelieve').selectOption('Take-home');
    await card('Bruno Makebelieve').getByTestId('move-button').click();
    await stage('Take-home').getByRole('link', { name: 'Bruno Makebelieve' }).waitFor();
  });

  it('adds a webhook, copies its token and verifies the connection', async () => {
    const receiver = await startWebhookReceiver(200);
    await page.goto('/settings/integrations?tab=webhooks');
    await page.getByTestId('add-webhook').click();
    await page.getByLabel('URL').fill(receiver.url);
    await page.getByTestId('save-webhook').click();
    const token = await page.getByTestId('signature-token').innerText();
    const [webhook] = caller.simulator.lever.webhooks.all.values();
    expect(token).toBe(webhook?.signatureToken);
    await page.getByTestId('verify').click();
    await page.getByTestId('verification').getByText('Verified').waitFor();
    expect(receiver.received).toHaveLength(1);
    await page.getByTestId('rerun').click();
    await eventually('it comes again', () => receiver.received.length === 2 || undefined);
    await receiver.close();
  });

  it('goes through the authorize window to the callback, and revokes', async () => {
    const app = oauthApp(caller);
    await page.route('http://127.0.0.1:8737/**', (route) => route.fulfill({ body: 'back' }));
    await page.goto(app.authorizeUrl());
    await page.getByText('See the stages of your pipeline').waitFor();
    await page.getByLabel('You are').selectOption({ label: 'Robin Recruiter (admin)' });
    await page.getByTestId('authorize-accept').click();
    await page.waitForURL(/error=access_denied/);
    await page.goto(app.authorizeUrl());
    await page.getByTestId('authorize-accept').click();
    await page.waitForURL(/code=/);
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const { json } = await app.exchange(code);
    const { access_token: token } = json as { access_token: string };
    expect(await app.status(token)).toBe(200);
    await page.goto('/settings/integrations?tab=authorized');
    await page.getByTestId('revoke-access').click();
    await page.getByText('No app has access.').waitFor();
    expect(await app.status(token)).toBe(401);
  });

  it('generates a key with boxes and shows it once', async () => {
    await page.goto('/settings/integrations?tab=api');
    await page.getByTestId('generate-key').click();
    await page.getByLabel('Name').fill('Bridge');
    await page.getByTestId('right-users:read').uncheck();
    await page.getByTestId('save-key').click();
    const key = await page.getByTestId('new-key').innerText();
    expect((await caller.lever('GET', '/stages', undefined, key)).status).toBe(200);
    expect((await caller.lever('GET', '/users', undefined, key)).status).toBe(403);
    await page.reload();
    expect(await page.getByTestId('new-key').count()).toBe(0);
  });

  it('leads from a link in Lever through the challenge', async () => {
    const { codesubmit, lever } = caller.simulator;
    const { link } = await invited();
    const [id = ''] = lever.opportunities.all.keys();
    lever.contacts.addLinks(id, [link.replace('http://', '')]);
    await page.goto(`/candidates/${id}`);
    const [opened] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByTestId('link').getByRole('link').click(),
    ]);
    for (const button of ['start', 'commit', 'submit', 'mark-reviewed']) {
      await opened.getByTestId(button).click();
    }
    await opened.getByText('Your work was reviewed').waitFor();
    expect(codesubmit.invitations[0]?.progress).toBe('reviewed');
    expect(codesubmit.forbiddenCalls).toEqual([]);
  });

  it('fits 400 pixels', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    const [id] = caller.simulator.lever.opportunities.all.keys();
    const { link } = await invited();
    const { origin } = new URL(link);
    const tabs = ['webhooks', 'api', 'oauth', 'authorized'];
    const addresses = [
      '/',
      `/candidates/${id}`,
      '/postings',
      oauthApp(caller).authorizeUrl(),
      link,
      `${origin}/challenges`,
      `${origin}/settings/integrations`,
      ...tabs.map((tab) => `/settings/integrations?tab=${tab}`),
    ];
    for (const address of addresses) {
      await page.goto(address);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, address).toBe(400);
    }
  });

  async function invited() {
    const [test] = caller.simulator.codesubmit.tests;
    await caller.invite(test?.id ?? '');
    const { invitations } = await caller.drive('/codesubmit/invitations');
    return invitations[0] as { link: string };
  }
});
