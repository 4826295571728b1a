/** A pasted signing token: the one before it stays valid for two weeks, for Lever's Rerun. */
import { expect, it } from 'vitest';
import { createSetup } from '../../src/app/create-setup.js';
import { DAY_MS } from '../../src/domain/clock.js';
import { StoreRig } from '../rigs/store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('replaces the one before it after two weeks', async () => {
  const rig = new StoreRig(temporaryFolder(), 'signing-tokens');
  const { app, clock } = rig;
  const { session } = createSetup(app);
  const [before, after] = ['0ld0'.repeat(12), '5eed'.repeat(12)] as const;
  const tokens = () => app.configuration.current().signingTokens;
  await session.answerSigningToken(before);
  await session.answerSigningToken(after);
  expect(tokens()).toEqual([after, before]);
  clock.advance(14 * DAY_MS - 1);
  expect(tokens()).toEqual([after, before]);
  clock.advance(1 + 60_000);
  expect(tokens()).toEqual([after]);
  rig.close();
});
