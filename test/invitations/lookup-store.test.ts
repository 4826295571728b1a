/** Looks up the outcome of a POST: how often, and when a list is no longer believed. */
import { invitationPlace } from '../../src/storage/home/sealer.js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ChallengeId, VendorInvitationId } from '../../src/domain/ids.js';
import type { ListedRow } from '../../src/pipeline/invitations/sent-list-store.js';
import { StoreRig } from '../rigs/store.js';
import { DAY, GRACE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readStatus } from '../../src/operate/status/status-report.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const SETTLE_MS = 60_000;
/** The two readings that prove an absence are so far apart. */
const APART_MS = 15 * SETTLE_MS;
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

/** The result of a list with these rows, so much later. */
async function lookAfter(ms: number, ...rows: ListedRow[]): Promise<string | undefined> {
  bridge.clock.advance(ms + 1);
  await bridge.list(...rows);
  const [done] = await bridge.app.lookupStore.settleDue(SETTLE_MS, now());
  return done?.outcome;
}

/** The same, a settling time later. */
const lookIn = (...rows: ListedRow[]) => lookAfter(SETTLE_MS, ...rows);

async function lookOften(...rows: ListedRow[]): Promise<void> {
  for (let look = 0; look < 6; look += 1) await lookAfter(SETTLE_MS * 2 ** look, ...rows);
}

/** Ada's, which was proved absent, is sent again and lost again. */
async function loseAgain(): Promise<void> {
  await bridge.look();
  const [ada] = await bridge.claimDue();
  const lookup = { kind: 'unanswered' as const, at: now() + SETTLE_MS };
  await bridge.app.sendOutcomes.settleUncertain(ada!, 'cut', lookup, now());
}

it('two readings fifteen settling times apart that show the witness prove an absence', async () => {
  await loseAdas({ isGraceInvited: true });
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookAfter(APART_MS - SETTLE_MS, listed(1))).toBeUndefined();
  // A person, settings or a restart made it due too early.
  await bridge.app.lookupStore.postponeDue(now() + APART_MS, now());
  expect(await lookAfter(0, listed(1))).toBe('absent_once');
  expect(await lookIn(listed(1))).toBe('absent');
});

it('an absence is proved by readings that took fractions of a millisecond', async () => {
  await loseAdas({ isGraceInvited: true });
  let fractions = 0;
  const wholeMs = bridge.clock.monotonicMs.bind(bridge.clock);
  vi.spyOn(bridge.clock, 'monotonicMs').mockImplementation(() => wholeMs() + (fractions += 0.01));
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookAfter(APART_MS, listed(1))).toBe('absent');
});

it('a reading without the witness in between proves nothing, and undoes nothing', async () => {
  await loseAdas({ isGraceInvited: true });
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookAfter(APART_MS)).toBe('list_lags');
  expect(await lookAfter(2 * APART_MS, listed(1))).toBe('absent');
});

it('after the third absence a person decides', async () => {
  await loseAdas({ isGraceInvited: true });
  for (const outcome of ['absent', 'absent', 'absent_three_times']) {
    expect(await lookIn(listed(1))).toBe('absent_once');
    expect(await lookAfter(APART_MS, listed(1))).toBe(outcome);
    if (outcome === 'absent') await loseAgain();
  }
  expect(bridge.invitations()[0]).toMatchObject({ state: 'uncertain', lookup_at: null });
  expect(bridge.app.problems()).toMatchObject([{ code: 'uncertain', level: 'fail' }]);
});

it('a refusal whose pair stays absent fails', async () => {
  await loseAdas({ isGraceInvited: true });
  bridge.app.database.connection.exec(
    `UPDATE invitations SET lookup_kind = 'refused' WHERE id = 1`,
  );
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookAfter(APART_MS, listed(1))).toBe('refused');
  expect(bridge.invitations()[0]).toMatchObject({ state: 'failed', reason: 'refused' });
});

it('a row that only the reply to our POST gave is no witness', async () => {
  await loseAdas({ isGraceInvited: true });
  expect(await lookIn()).toBe('list_lags');
});

it('what was sent again and listed twice is a problem with both links, also in `status`', async () => {
  await loseAdas({ isGraceInvited: true });
  const first = now();
  await lookIn(listed(1));
  await lookAfter(APART_MS, listed(1));
  await bridge.look();
  await bridge.sendDue();
  const again = listed(0);
  const late = {
    ...again,
    id: 'late' as VendorInvitationId,
    link: 'https://app.example.com/c/late',
    created: { from: first + 1, until: first + 1 },
  };
  bridge.clock.advance(1);
  await bridge.list(listed(1), again, late);
  const [problem] = bridge.app.problems();
  expect(problem).toMatchObject({
    code: 'sent_twice',
    level: 'fail',
    links: ['https://app.example.com/c/sent-2', 'https://app.example.com/c/late'],
  });
  // Alarms leave this machine.
  expect(problem?.what).not.toContain('https:');
  expect(readStatus(bridge.app, { limit: 1 }).integration.problems).toMatchObject([
    { code: 'sent_twice', hint: expect.stringContaining('https://app.example.com/c/late') },
  ]);
});

it('a list without any of ours proves nothing, until one is accepted', async () => {
  await loseAdas({ isGraceInvited: false });
  await lookOften();
  expect(bridge.invitations()[0]).toMatchObject({ state: 'uncertain', detail: 'no_control' });
  expect(bridge.app.lookupStore.hasDue(now() + SETTLE_MS)).toBe(false);
  await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
  await bridge.sendDue();
  expect(await lookIn(listed(1))).toBe('absent_once');
  expect(await lookAfter(APART_MS, listed(1))).toBe('absent');
});

it('a list that is behind is left to a person after an hour, not before', async () => {
  await loseAdas({ isGraceInvited: true });
  for (let look = 0; look < 5; look += 1) {
    expect(await lookAfter(SETTLE_MS * 2 ** look)).toBe('list_lags');
    expect(bridge.app.problems()).toMatchObject([{ code: 'uncertain', level: 'warn' }]);
  }
  expect(await lookAfter(SETTLE_MS * 2 ** 5)).toBe('list_lags');
  expect(bridge.app.problems()).toMatchObject([{ code: 'uncertain', level: 'fail' }]);
});

it('an old witness is enough', async () => {
  await loseAdas({ isGraceInvited: true });
  bridge.clock.advance(3 * DAY);
  expect(await lookIn()).toBe('list_lags');
  expect(await lookAfter(DAY, listed(1))).toBe('absent_once');
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

it('one that can’t be decrypted is left to an admin, one that fails is looked up soon and then later, others are settled', async () => {
  await loseAdas({ isGraceInvited: false });
  await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
  const [grace] = await bridge.claimDue();
  const lookup = { kind: 'unanswered' as const, at: now() + SETTLE_MS };
  await bridge.app.sendOutcomes.settleUncertain(grace!, 'cut', lookup, now());
  bridge.clock.advance(DAY);
  const { database, lookupStore } = bridge.app;
  const sent = { ...listed(1), id: 'sent-1' as VendorInvitationId };
  await bridge.list(sent);
  Tx.run((tx) =>
    database
      .prepareWrite('UPDATE invitations SET sealed_email = zeroblob(40) WHERE id = 1')
      .run(tx),
  );
  // A fault for every adopted one.
  database.connection.exec(`CREATE TEMP TRIGGER fault BEFORE UPDATE OF vendor_id ON invitations
    BEGIN SELECT RAISE(ABORT, 'a fault'); END`);
  expect(await lookupStore.settleDue(SETTLE_MS, now())).toEqual([
    { id: 1, outcome: 'address_unreadable' },
    { id: 2, outcome: 'internal error', error: expect.any(String) },
  ]);
  expect(bridge.invitations()).toMatchObject([
    { state: 'uncertain', lookup_at: null, detail: 'address_unreadable' },
    { state: 'uncertain', lookup_at: now() + SETTLE_MS },
  ]);
  bridge.clock.advance(SETTLE_MS + 2);
  await bridge.list(sent);
  expect(await lookupStore.settleDue(SETTLE_MS, now())).toMatchObject([{ id: 2 }]);
  // Not each settling time for as long as the fault lasts.
  expect(bridge.invitations()[1]).toMatchObject({ lookup_at: now() + DAY });
  database.connection.exec('DROP TRIGGER fault');
  bridge.clock.advance(DAY + 1);
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
  expect(bridge.invitations()[0]?.lookup_at).not.toBeNull();
});
