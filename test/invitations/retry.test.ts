/** `retry` of a failed challenge after another was promised in its place. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { retry } from '../../src/operate/actions/admin-actions.js';
import { listInState } from '../../src/operate/queries/invitations.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { StoreRig } from '../rigs/store.js';
import { DAY, frontendRule, GRACE, NOW } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const withFrontend = { tags: [frontendRule.tag] };
let bridge: StoreRig;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, `retry-${String(++number)}`);
  bridge.addRule({ reuseDays: 30 });
  bridge.addRule(frontendRule);
});

afterEach(() => {
  bridge.close();
});

/** Read, and rejected by CodeSubmit. */
async function fails(overrides: Partial<Opportunity> = {}): Promise<void> {
  await bridge.look(overrides);
  for (const claimed of await bridge.claimDue()) {
    const { sendOutcomes } = bridge.app;
    await sendOutcomes.settleFailed(claimed, 'person_refused', '400', bridge.clock.now());
  }
}

const retryAll = () => {
  const failed = listInState(bridge.app.database, 'failed');
  return retry(
    bridge.app,
    failed.map(({ id }) => id),
  );
};

it('the visit got another challenge: it is cancelled, and blocks no other retry', async () => {
  const other = { id: GRACE, contactId: null, emails: ['grace@example.com'] };
  await fails();
  await fails(other);
  await bridge.look(withFrontend);
  expect(await retryAll()).toEqual([2]);
  expect(bridge.invitationsInWords()).toEqual([
    'challenge-backend cancelled already_invited',
    'challenge-backend queued',
    'challenge-frontend queued',
  ]);
  await bridge.look(withFrontend);
  await bridge.look(other);
  expect(await bridge.sendDue()).toBe(2);
});

it('the person got it through another opportunity: it is cancelled', async () => {
  await fails();
  await bridge.look({ id: GRACE });
  await bridge.sendDue();
  expect(await retryAll()).toEqual([]);
  expect(bridge.invitationsInWords()[0]).toBe('challenge-backend cancelled already_invited');
});

it('the person got it before the reuse days: it is sent', async () => {
  await bridge.look({ id: GRACE, visitAt: NOW });
  await bridge.sendDue();
  bridge.clock.advance(30 * DAY);
  await fails();
  expect(await retryAll()).toEqual([2]);
});

it('the decision chooses between two that failed in one visit', async () => {
  await fails();
  await fails(withFrontend);
  expect(await retryAll()).toEqual([1]);
  await bridge.look(withFrontend);
  expect(bridge.invitationsInWords()).toEqual([
    'challenge-backend cancelled other_challenge',
    'challenge-frontend queued',
  ]);
});
