/** The integration's state, and which of several problems wins. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig } from '../rigs/store.js';
import { NOW } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import {
  maxSends,
  stateOf,
  type IntegrationStore,
} from '../../src/storage/state/integration-store.js';
import type { RejectionKind } from '../../src/domain/errors.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let integration: IntegrationStore;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  ({ integration } = bridge.app);
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
    Tx.run((tx) => integration.pause(tx, NOW));
    expect(integration.state()).toBe('paused');
    Tx.run((tx) => integration.noteRefusal(tx, 'codesubmit', NOW, { kind: 'key', why: '401' }));
    expect(integration.state()).toBe('needs_reauth');
    Tx.run((tx) => integration.markSetUp(tx, NOW));
    expect(integration.state()).toBe('paused');
    Tx.run((tx) => integration.resume(tx));
    expect(integration.state()).toBe('active');
    Tx.run((tx) => integration.noteRefusal(tx, 'lever', NOW, { kind: 'key', why: '401' }));
    Tx.run((tx) => integration.revoke(tx, NOW));
    expect(integration.state()).toBe('revoked');
    Tx.run((tx) => integration.markSetUp(tx, NOW));
    expect(integration.state()).toBe('active');
  });

  it('whether one challenge is tried follows from the kind of a refusal, not from its words', () => {
    const refused = (kind: RejectionKind, why: string) => {
      Tx.run((tx) => integration.markSetUp(tx, NOW));
      Tx.run((tx) => integration.noteRefusal(tx, 'codesubmit', NOW, { kind, why }));
      return maxSends(integration.read());
    };
    expect(refused('key', 'codesubmit GET /tests: 401 after 403 earlier')).toBe(0);
    expect(refused('other_account', 'codesubmit GET /tests: 402 Payment Required')).toBe(0);
    expect(refused('unpaid', 'no number in it')).toBe(1);
    expect(refused('no_right', 'no number in it')).toBe(1);
  });

  it('a refusal is news once, until a key works again', () => {
    expect(
      Tx.run((tx) => integration.noteRefusal(tx, 'lever', NOW, { kind: 'key', why: '401' })),
    ).toBe(true);
    expect(
      Tx.run((tx) => integration.noteRefusal(tx, 'lever', NOW + 1, { kind: 'key', why: '401' })),
    ).toBe(false);
    expect(
      Tx.run((tx) => integration.noteRefusal(tx, 'codesubmit', NOW, { kind: 'key', why: '401' })),
    ).toBe(true);
    expect(integration.read().lever_refused_at).toBe(NOW);
    Tx.run((tx) => integration.markSetUp(tx, NOW));
    expect(
      Tx.run((tx) => integration.noteRefusal(tx, 'lever', NOW, { kind: 'key', why: '401' })),
    ).toBe(true);
  });

  it('pausing or revoking again keeps the first moment', () => {
    Tx.run((tx) => integration.pause(tx, NOW));
    Tx.run((tx) => integration.pause(tx, NOW + 1));
    expect(integration.read().paused_at).toBe(NOW);
    Tx.run((tx) => integration.revoke(tx, NOW));
    Tx.run((tx) => integration.revoke(tx, NOW + 1));
    expect(integration.read().revoked_at).toBe(NOW);
  });
});

it.each<[what: string, change: () => void]>([
  [
    'pause',
    () => {
      Tx.run((tx) => integration.pause(tx, NOW));
    },
  ],
  [
    'resume',
    () => {
      Tx.run((tx) => integration.resume(tx));
    },
  ],
  [
    'revoke',
    () => {
      Tx.run((tx) => integration.revoke(tx, NOW));
    },
  ],
  [
    'setup',
    () => {
      Tx.run((tx) => integration.markSetUp(tx, NOW));
    },
  ],
  [
    'a changed rule or setting',
    () => {
      Tx.run((tx) => integration.bumpVersion(tx));
    },
  ],
])('%s makes earlier decisions stale', (_what, change) => {
  const before = integration.read().version;
  change();
  expect(integration.read().version).toBeGreaterThan(before);
});

it('moments are kept', () => {
  Tx.run((tx) => integration.note(tx, { last_sweep_at: NOW }));
  Tx.run((tx) => integration.note(tx, { last_delivery_at: NOW + 1 }));
  Tx.run((tx) => integration.note(tx, { webhook_verified_at: NOW + 2 }));
  expect(integration.read()).toMatchObject({
    last_sweep_at: NOW,
    last_delivery_at: NOW + 1,
    webhook_verified_at: NOW + 2,
  });
});
