/** What the integration's row means: whether it is in use, and what may be sent or written. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changeSettings, storeAndApply } from '../../src/admin/setup/answers.js';
import { readStatus } from '../../src/admin/status.js';
import type { RejectionKind } from '../../src/domain/errors.js';
import {
  isSendingRejected,
  mayAskLever,
  maySend,
  mayWriteToLever,
} from '../../src/store/integration-store.js';
import type { Tx } from '../../src/store/database/database.js';
import { StoreRig } from '../rigs/store.js';

let rig: StoreRig;
beforeEach(() => {
  rig = new StoreRig();
});
afterEach(() => rig.close());

const store = () => rig.app.integration;
const write = (change: (tx: Tx) => unknown) => rig.app.database.write(change);
const reject = (vendor: 'lever' | 'codesubmit', kind: RejectionKind) =>
  write((tx) => store().recordRejection(tx, vendor, 1, { kind, why: '' }));
const may = () => [mayAskLever, mayWriteToLever, maySend].map((is) => is(store().read()));

it.each<[RejectionKind, boolean]>([
  ['unpaid', true],
  ['no_sending', true],
  ['key', false],
  ['no_right', false],
])('CodeSubmit rejects the account, not the key, with %s: %j', async (kind, isRejected) => {
  expect(isSendingRejected(store().read())).toBe(false);
  await reject('codesubmit', kind);
  expect(isSendingRejected(store().read())).toBe(isRejected);
  expect([store().state(), ...may()]).toEqual(['needs_reauth', true, true, true]);
  await write((tx) => store().recordAnswered(tx, 'codesubmit'));
  expect([store().state(), isSendingRejected(store().read())]).toEqual(['active', false]);
});

it('a rejection by Lever stops sending until Lever answers; neither changes the configuration', async () => {
  const version = rig.app.configuration.version();
  await reject('lever', 'key');
  expect([store().state(), ...may()]).toEqual(['needs_reauth', false, true, false]);
  expect(await write((tx) => store().recordAnswered(tx, 'codesubmit'))).toBe(false);
  expect(await write((tx) => store().recordAnswered(tx, 'lever'))).toBe(true);
  expect([store().state(), ...may()]).toEqual(['active', true, true, true]);
  expect(rig.app.configuration.version()).toBe(version);
});

it('updates to Lever wait for an acting user, until a setting changes', async () => {
  await write((tx) => store().record(tx, 'acting_user_missing', 1));
  expect(may()).toEqual([true, false, true]);
  await write((tx) => store().bumpVersion(tx));
  expect(may()).toEqual([true, true, true]);
});

it('the first delivery proves the webhook, and each test', async () => {
  const proved: (string | null)[] = [];
  for (const [at, isTest] of [
    [1, false],
    [2, false],
    [3, true],
  ] as const) {
    await write((tx) => store().recordDelivery(tx, at, isTest));
    proved.push(readStatus(rig.app, { limit: 1 }).integration.webhook.verifiedAt);
  }
  expect(proved.map((at) => Date.parse(at ?? ''))).toEqual([1, 1, 3]);
});

it.each<Parameters<typeof storeAndApply>[1]>([
  { settings: { publicUrl: 'https://other.example.com' } },
  { settings: { webhookId: 'another-webhook' } },
  { signingTokens: ['5eed'.repeat(12)] },
])('a webhook isn’t verified any more once its address or token changes: %o', async (changed) => {
  const verifiedAt = () => store().read().webhook_verified_at;
  await write((tx) => store().recordDelivery(tx, 1, true));
  await changeSettings(rig.app, { port: 1 });
  expect(verifiedAt()).toBe(1);
  await storeAndApply(rig.app, changed);
  await storeAndApply(rig.app, changed);
  expect(verifiedAt()).toBeNull();
});

it('a revoked one says so where it must be in use, and nothing may be done', async () => {
  store().requireInUse();
  await write((tx) => store().revoke(tx, 1));
  expect(() => store().requireInUse()).toThrow('The integration was revoked');
  expect([store().state(), ...may()]).toEqual(['revoked', false, false, false]);
});
