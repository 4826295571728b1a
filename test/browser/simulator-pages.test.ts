// Each page of the simulator in a real browser: narrow, and without an error of its script or style.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { hasChromium, openChromium } from './open-chromium.js';

describe.skipIf(!hasChromium())('in chromium', () => {
  let browser: Browser;
  let simulator: Simulator;

  beforeAll(async () => {
    browser = await openChromium();
    simulator = await startSimulator();
  });
  afterAll(async () => {
    await browser.close();
    await simulator.close();
  });

  it('every page fits 400 pixels', async () => {
    const { lever, codesubmit, leverAuthorizeUrl } = simulator;
    const problems: string[] = [];
    const page = await browser.newPage({ baseURL: lever.origin });
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') problems.push(line.text());
    });
    await page.setViewportSize({ width: 400, height: 800 });
    const [id = ''] = lever.opportunities.all.keys();
    lever.webhooks.add({ url: lever.origin, event: 'candidateStageChange' });
    const testId = codesubmit.tests[0]?.id ?? '';
    const ada = { email: 'ada@example.com', firstName: 'Ada', lastName: 'Example' };
    const link = linkOf(codesubmit, codesubmit.invite({ testId, ...ada }));
    lever.contacts.addLinks(id, [link]);
    const { id: client, callbacks } = seedLeverOAuthClient;
    const asked = { client_id: client, redirect_uri: callbacks[0] ?? '', scope: 'stages:read' };
    const tabs = ['webhooks', 'api', 'oauth', 'authorized'];
    const addresses = [
      ...['/', `/candidates/${id}`, link],
      `${leverAuthorizeUrl}?${new URLSearchParams(asked).toString()}`,
      `${codesubmit.origin}/challenges`,
      `${codesubmit.origin}/settings/integrations`,
      ...tabs.map((tab) => `/settings/integrations?tab=${tab}`),
    ];
    for (const address of addresses) {
      expect((await page.goto(address))?.status(), address).toBe(200);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, address).toBe(400);
    }
    expect(problems).toEqual([]);
    await page.goto(link);
    for (const step of ['start', 'commit', 'submit', 'mark-reviewed'])
      await page.getByTestId(step).click();
    await page.getByTestId('progress').getByText('reviewed').waitFor();
  });
});
