/** The integration's state, and which of several says most. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BridgeOnDisk } from '../support/bridge-on-disk.js';
import { NOW } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { stateOf, type IntegrationRows } from '../../src/storage/state/integration-store.js';

const folder = temporaryFolder();
let bridge: BridgeOnDisk;
let integration: IntegrationRows;
let number = 0;

beforeEach(() => {
  bridge = new BridgeOnDisk(folder, String(++number));
  ({ integration } = bridge.house);
});

afterEach(() => {
  bridge.close();
});

describe('the state', () => {
  it('of a home that nobody set up', () => {
    expect(stateOf({ ...integration.read(), set_up_at: null })).toBe('not_set_up');
  });

  it('goes from one to the next and back', () => {
    expect(integration.state()).toBe('active');
    integration.pause(NOW);
    expect(integration.state()).toBe('paused');
    integration.noteRefusal('codesubmit', NOW, 'refused');
    expect(integration.state()).toBe('needs_reauth');
    integration.markSetUp(NOW);
    expect(integration.state()).toBe('paused');
    integration.resume();
    expect(integration.state()).toBe('active');
    integration.noteRefusal('lever', NOW, 'refused');
    integration.revoke(NOW);
    expect(integration.state()).toBe('revoked');
    integration.markSetUp(NOW);
    expect(integration.state()).toBe('active');
  });

  it('a refusal is news once, until a key works again', () => {
    expect(integration.noteRefusal('lever', NOW, 'refused')).toBe(true);
    expect(integration.noteRefusal('lever', NOW + 1, 'refused')).toBe(false);
    expect(integration.noteRefusal('codesubmit', NOW, 'refused')).toBe(true);
    expect(integration.read().lever_refused_at).toBe(NOW);
    integration.markSetUp(NOW);
    expect(integration.noteRefusal('lever', NOW, 'refused')).toBe(true);
  });

  it('pausing or revoking again keeps the first moment', () => {
    integration.pause(NOW);
    integration.pause(NOW + 1);
    expect(integration.read().paused_at).toBe(NOW);
    integration.revoke(NOW);
    integration.revoke(NOW + 1);
    expect(integration.read().revoked_at).toBe(NOW);
  });
});

it.each<[what: string, change: () => void]>([
  [
    'pause',
    () => {
      integration.pause(NOW);
    },
  ],
  [
    'resume',
    () => {
      integration.resume();
    },
  ],
  [
    'revoke',
    () => {
      integration.revoke(NOW);
    },
  ],
  [
    'setup',
    () => {
      integration.markSetUp(NOW);
    },
  ],
  [
    'a changed rule or setting',
    () => {
      integration.bumpVersion();
    },
  ],
])('%s makes every decision before it one to be made again', (_what, change) => {
  const before = integration.read().version;
  change();
  expect(integration.read().version).toBeGreaterThan(before);
});

it('moments are kept', () => {
  integration.noteMoment('last_sweep_at', NOW);
  integration.noteMoment('last_delivery_at', NOW + 1);
  integration.noteMoment('webhook_verified_at', NOW + 2);
  expect(integration.read()).toMatchObject({
    last_sweep_at: NOW,
    last_delivery_at: NOW + 1,
    webhook_verified_at: NOW + 2,
  });
});
