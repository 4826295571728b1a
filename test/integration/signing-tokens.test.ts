/** A pasted signing token: the one before it stays valid for two weeks, for Lever's Rerun. */
import { expect, it } from 'vitest';
import { storeAndApply } from '../../src/admin/setup/answers.js';
import { DAY_MS } from '../../src/domain/clock.js';
import { StoreRig } from '../rigs/store.js';

it('replaces the one before it after two weeks, and the daily erasure deletes that one', async () => {
  const rig = new StoreRig();
  const { app, clock } = rig;
  const [before, after] = ['0ld0'.repeat(12), '5eed'.repeat(12)] as const;
  const tokens = () => app.configuration.current().signingTokens;
  await storeAndApply(app, { signingTokens: [before] });
  await storeAndApply(app, { signingTokens: [after] });
  expect(tokens()).toEqual([after, before]);
  clock.advance(14 * DAY_MS - 1);
  expect(tokens()).toEqual([after, before]);
  clock.advance(1 + 60_000);
  expect(tokens()).toEqual([after]);
  const stored = () => rig.app.database.all('SELECT 1 FROM secrets').length;
  expect(stored()).toBe(2);
  await app.database.write((tx) => app.secrets.eraseExpired(tx, clock.now()));
  expect(stored()).toBe(1);
  expect(tokens()).toEqual([after]);
  rig.close();
});

it('stays valid when it is pasted again after another one', async () => {
  const rig = new StoreRig();
  const { app, clock } = rig;
  const [first, other] = ['0ld0'.repeat(12), '5eed'.repeat(12)] as const;
  for (const token of [first, other, first]) await storeAndApply(app, { signingTokens: [token] });
  clock.advance(15 * DAY_MS);
  expect(app.configuration.current().signingTokens).toEqual([first]);
  rig.close();
});
