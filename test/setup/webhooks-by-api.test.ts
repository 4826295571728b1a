// Webhooks created through Lever's API from a terminal, turned on in a browser, and what can go
// wrong.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import { hasDesk, SetupDesk } from './setup-desk.js';

const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';

describe.skipIf(!hasDesk())('the webhook through the API', () => {
  let world: SetupDesk;

  beforeEach(async () => {
    world = await SetupDesk.start();
  });
  afterEach(() => world.live.close());

  /** In use, with a public address and without a webhook; the wizard asks about that. */
  async function openWebhookStep(leverKey = world.simulator.lever.access.addKey().credential) {
    const env = { LEVER_API_KEY: leverKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };
    const terminal = await world.terminal({ env });
    await terminal.enter(
      `codesubmit-lever setup --no-input --rule '${RULE}' --port ${world.port} ` +
        '--public-url https://bridge.example.com; codesubmit-lever setup; echo "exit code $?"',
    );
    await terminal.choose('What do you want to change?', 'The webhook');
    return terminal;
  }

  it('is created, and waited for until a Super Admin has turned it on', async () => {
    const terminal = await openWebhookStep();
    await terminal.choose('How do you want to create it?', 'Through Lever’s API');
    await terminal.until(
      'what was made',
      /✓ webhooks created through the API: Candidate Stage Change/,
    );
    await terminal.until('who switches it on', /silent until a Super Admin/);
    await terminal.untilAsked('Waiting for Lever');
    // What a proxy in front of the daemon turns the public address into.
    const { webhooks } = world.simulator.lever;
    for (const webhook of webhooks.all.values()) {
      webhook.url = `http://127.0.0.1:${world.port}${new URL(webhook.url).pathname}`;
      expect(await terminal.screen()).not.toContain(webhook.signatureToken);
    }
    expect(webhooks.all.size).toBe(3);
    const page = await world.page();
    const moves = async (name: string): Promise<void> => {
      await page.goto('/');
      await page.getByLabel(`Stage of ${name}`).selectOption('Take-home');
      const card = page.getByTestId('card').filter({ hasText: name });
      await card.getByTestId('move-button').click();
    };
    await moves('Bruno Makebelieve');
    expect(webhooks.deliveries.size).toBe(0);
    await page.goto('/settings/integrations?tab=webhooks');
    await page.getByTestId('group-candidateStageChange').click();
    await moves('Chidi Placeholder');
    await terminal.until('the first delivery', /✓ Verified: Lever reaches this address/);
    await terminal.choose('What do you want to change?', 'Nothing, done');
    await terminal.until('the end', /exit code 0/);
    expect((await world.live.status()).integration.webhook.verifiedAt).not.toBeNull();
  });

  it('is refused by name to a key without the right, and created manually instead', async () => {
    const rights = rightsWithout('webhooks:write');
    const terminal = await openWebhookStep(
      world.simulator.lever.access.addKey({ rights }).credential,
    );
    await terminal.choose('How do you want to create it?', 'Through Lever’s API');
    await terminal.until('the refusal', /! the Lever API key lacks the right to list, add/);
    await terminal.until('manually', /with \+ Add webhook/);
    await terminal.choose('Have you created it, with its signature token', 'Not now');
    await terminal.choose('What do you want to change?', 'Nothing, done');
    await terminal.until('the end', /exit code 0/);
    expect(world.simulator.lever.webhooks.all.size).toBe(0);
  });

  it('uses another port if the daemon’s is taken', async () => {
    await world.occupy(world.port);
    const terminal = await openWebhookStep();
    await terminal.choose('How do you want to create it?', 'Through Lever’s API');
    await terminal.until('the port', /! Port \d+ of this machine is taken/);
    await terminal.choose('What now?', 'Use another port');
    await terminal.answerInstead('Port for the daemon', String(world.port));
    await terminal.choose('What now?', 'Continue');
    await terminal.untilAsked('Waiting for Lever');
    await terminal.answer('Waiting for Lever', '');
    await terminal.choose('What do you want to change?', 'Nothing, done');
    await terminal.until('the end', /exit code 0/);
    expect(world.simulator.lever.webhooks.all.size).toBe(3);
  });

  it('continues after Lever couldn’t be reached for a while', async () => {
    const { faults } = world.simulator.lever;
    const terminal = await openWebhookStep();
    faults.set({ route: '/v1/webhooks', kind: '5xx' });
    await terminal.choose('How do you want to create it?', 'Through Lever’s API');
    await terminal.until(
      'the failure',
      /! The webhooks could not be created: Lever has an error on its side/,
    );
    faults.clear();
    await terminal.choose('What now?', 'Try again');
    await terminal.until('what was made', /✓ webhooks created through the API/);
    faults.set({ kind: '5xx' });
    await terminal.answer('Waiting for Lever', '');
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await terminal.until('Lever is away', /! Lever has an error on its side/);
    faults.clear();
    await terminal.choose('What now?', 'Try again');
    await terminal.untilAsked('Which stage starts the challenge?');
  });
});
