/** What becomes of stored secrets: a signing token stays valid for two weeks after the next, for Lever's Rerun; `revoke` erases all. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { storeAndApply } from '../../src/admin/setup/answers.js';
import { DAY_MS } from '../../src/domain/clock.js';
import { StoreRig } from '../rigs/store.js';

const [before, after] = ['0ld0'.repeat(12), '5eed'.repeat(12)] as const;

let rig: StoreRig;
beforeEach(() => {
  rig = new StoreRig();
});
afterEach(() => rig.close());

const stored = () => rig.app.database.all('SELECT 1 FROM secrets').length;
const tokens = () => rig.app.configuration.current().signingTokens;

it('a pasted token replaces the one before it after two weeks, and the daily erasure deletes that one', async () => {
  const { app, clock } = rig;
  await storeAndApply(app, { signingTokens: [before] });
  await storeAndApply(app, { signingTokens: [after] });
  expect(tokens()).toEqual([after, before]);
  clock.advance(14 * DAY_MS - 1);
  expect(tokens()).toEqual([after, before]);
  clock.advance(1 + 60_000);
  expect(tokens()).toEqual([after]);
  expect(stored()).toBe(2);
  await app.database.write((tx) => app.secrets.eraseExpired(tx, clock.now()));
  expect(stored()).toBe(1);
  expect(tokens()).toEqual([after]);
});

it('a token stays valid when it is pasted again after another one', async () => {
  for (const token of [before, after, before])
    await storeAndApply(rig.app, { signingTokens: [token] });
  rig.clock.advance(15 * DAY_MS);
  expect(tokens()).toEqual([before]);
});

it('`revoke` leaves none of the keys and tokens', async () => {
  await rig.set({}, { lever_api_key: 'one', codesubmit_api_key: 'two', signing_token: before });
  expect(stored()).toBe(3);
  await revoke(rig.app);
  expect(stored()).toBe(0);
});
