/** Looks up the outcome of a POST: how often, and when a list is no longer believed. */
import { invitationPlace } from '../../src/storage/home/sealer.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChallengeId, VendorInvitationId } from '../../src/domain/ids.js';
import type { ListedRow } from '../../src/pipeline/invitations/sent-list-store.js';
import { StoreRig } from '../rigs/store.js';
import { DAY, GRACE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const SETTLE_MS = 60_000;
let bridge: StoreRig;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule();
});

afterEach(() => {
  bridge.close();
});

const now = (): number => bridge.clock.now();

/** Ada's POST is lost; Grace's, sent later, is accepted. */
async function loseAdas(options: { isGraceInvited: boolean }): Promise<void> {
  await bridge.look();
  const [ada] = await bridge.claimDue();
  const lookup = { kind: 'unanswered' as const, at: now() + SETTLE_MS };
  await bridge.app.sendOutcomes.settleUncertain(ada!, 'cut', lookup, now());
  if (!options.isGraceInvited) return;
  bridge.clock.advance(1);
  await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
  await bridge.sendDue();
}

/** CodeSubmit's row of an invitation of ours. */
function listed(index: number): ListedRow {
  const row = bridge.invitations()[index]!;
  return {
    id: row.vendor_id as VendorInvitationId,
    challengeId: row.challenge_id as ChallengeId,
    email: bridge.app.sealer.open(row.sealed_email!, invitationPlace('sealed_email', row)),
    created: { from: row.intent_at!, until: row.intent_at! },
    ...{ link: null, status: 1, commitsCount: null, score: null, report: null },
  };
}

/** The result of a list with these rows, a settling time later. */
async function lookIn(...rows: ListedRow[]): Promise<string | undefined> {
  bridge.clock.advance(SETTLE_MS + 1);
  await bridge.list(...rows);
  const [done] = await bridge.app.lookupStore.settleDue(SETTLE_MS, now());
  return done?.outcome;
}

async function lookOften(...rows: ListedRow[]): Promise<void> {
  for (let look = 0; look < 8; look += 1) await lookIn(...rows);
}

it('two readings a settling time apart that recognise ours prove an absence', async () => {
  await loseAdas({ isGraceInvited: true });
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookIn(listed(1))).toBe('absent');
});

it('a list without any of ours proves nothing, until one is accepted', async () => {
  await loseAdas({ isGraceInvited: false });
  await lookOften();
  expect(bridge.invitations()[0]).toMatchObject({ state: 'uncertain', detail: 'no_control' });
  expect(bridge.app.lookupStore.hasDue(now() + SETTLE_MS)).toBe(false);
  await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
  await bridge.sendDue();
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookIn(listed(1))).toBe('absent');
});

it('one accepted before our clock was set back must be listed too', async () => {
  await loseAdas({ isGraceInvited: true });
  bridge.app.clockSkew.codesubmit.note({ vendorNow: now(), durationMs: 0 });
  bridge.clock.jump(-DAY / 8);
  Tx.run((tx) => bridge.app.invitations.shiftDue(tx, -DAY / 8));
  expect(await lookIn()).toBe('list_lags');
});

it('an older one is enough if the day has none', async () => {
  await loseAdas({ isGraceInvited: true });
  bridge.clock.advance(3 * DAY);
  expect(await lookIn()).toBe('list_lags');
  expect(await lookIn(listed(1))).toBe('absent_once');
});

it.each<[what: string, other: Partial<ListedRow>]>([
  ['no address', { email: null }],
  ['a challenge that can’t be identified', { challengeId: null }],
  ['a date that leaves the time open', { created: { from: 0, until: Number.MAX_SAFE_INTEGER } }],
])(
  'a list that shows ours with %s proves nothing, until the settings say where it is',
  async (_what, other) => {
    await loseAdas({ isGraceInvited: true });
    await lookOften({ ...listed(1), ...other });
    expect(bridge.invitations()[0]).toMatchObject({ detail: 'rows_not_recognised' });
    expect(bridge.app.problems()).toMatchObject([{ code: 'uncertain', level: 'fail' }]);
    await bridge.app.lookupStore.lookAgain(now());
    expect(await lookIn(listed(1))).toBe('absent_once');
  },
);

it('one that can’t be decrypted is left to an admin, one that fails is looked up later, others are settled', async () => {
  await loseAdas({ isGraceInvited: false });
  await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
  const [grace] = await bridge.claimDue();
  const lookup = { kind: 'unanswered' as const, at: now() + SETTLE_MS };
  await bridge.app.sendOutcomes.settleUncertain(grace!, 'cut', lookup, now());
  bridge.clock.advance(SETTLE_MS + 1);
  const { database, lookupStore } = bridge.app;
  const sent = { ...listed(1), id: 'sent-1' as VendorInvitationId };
  await bridge.list(sent);
  Tx.run((tx) =>
    database
      .prepareWrite(
        'UPDATE invitations SET sealed_email = zeroblob(40), intent_at = 0 WHERE id = 1',
      )
      .run(tx),
  );
  // A fault for every adopted one.
  database.connection.exec(`CREATE TEMP TRIGGER fault BEFORE UPDATE OF vendor_id ON invitations
    BEGIN SELECT RAISE(ABORT, 'a fault'); END`);
  expect(await lookupStore.settleDue(SETTLE_MS, now())).toEqual([
    { id: 1, outcome: 'key_lost' },
    { id: 2, outcome: 'internal error' },
  ]);
  expect(bridge.invitations()).toMatchObject([
    { state: 'uncertain', lookup_at: null, detail: 'key_lost' },
    { state: 'uncertain', lookup_at: now() + SETTLE_MS, lookups: 1 },
  ]);
  database.connection.exec('DROP TRIGGER fault');
  bridge.clock.advance(SETTLE_MS + 1);
  await bridge.list(sent);
  expect(await lookupStore.settleDue(SETTLE_MS, now())).toEqual([{ id: 2, outcome: 'adopted' }]);
});

it('a list that could not be read doesn’t count as a reading', async () => {
  await loseAdas({ isGraceInvited: true });
  for (let failure = 0; failure < 20; failure += 1) {
    bridge.clock.advance(SETTLE_MS);
    await bridge.app.lookupStore.postponeDue(now(), now() + 1);
  }
  expect(await lookIn()).toBe('list_lags');
  expect(bridge.invitations()[0]).toMatchObject({ lookups: 1 });
  expect(bridge.invitations()[0]?.lookup_at).not.toBeNull();
});
