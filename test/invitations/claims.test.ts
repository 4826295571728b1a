/** A state is the claim: what is in hand is taken once, and settled once. */
import type { ChallengeVendor } from '../../src/codesubmit/codesubmit-client.js';
import type { LeverWriter } from '../../src/lever/lever-client.js';
import { listInState, listWritebacks } from '../../src/admin/queries/invitations.js';
import { beginSending, Sender, settleLater, settleRefused } from '../../src/bridge/send.js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pause, revoke } from '../../src/admin/actions/admin-actions.js';
import {
  beginWriting,
  listDueWritebacks,
  HOLD_TOPIC,
  recoverWriting,
  retryWritebacks,
  settleWriting,
  setTag,
  tallyWritebacks,
  type Settled,
} from '../../src/store/writebacks.js';
import { HOUR_MS } from '../../src/domain/clock.js';
import { Circuit } from '../../src/net/circuit.js';
import { claimLooks } from '../../src/bridge/look.js';
import { dropLooksAndHolds, hint, settleLook, type Hint } from '../../src/store/candidates.js';
import type { OpportunityId, StageId } from '../../src/domain/ids.js';
import { releaseWriteback } from '../../src/bridge/write-back.js';
import { ADA, backendRule } from '../support/fictional-records.js';
import { StoreRig } from '../rigs/store.js';

let bridge: StoreRig;

beforeEach(async () => {
  bridge = new StoreRig();
  bridge.addRule();
  await bridge.look();
});
afterEach(() => bridge.close());

const unasked = () => {
  throw new Error('nothing is sent');
};
const now = () => bridge.clock.now();

it('a challenge is taken in hand once, and settled while it is being sent', async () => {
  const { app } = bridge;
  const begun = await Promise.all([bridge.beginSending(), bridge.beginSending()]);
  expect(begun.map(({ length }) => length)).toEqual([1, 0]);
  const [claimed] = begun[0];
  await settleLater(app, claimed!, 0, '429');
  await expect(settleRefused(app, claimed!, '')).rejects.toThrow('is not sending');
  const codesubmit = new Circuit<ChallengeVendor>('codesubmit', unasked, app);
  await new Sender({ ...app, codesubmit }).release(claimed!, new Error());
  expect(bridge.counts()).toEqual({ queued: 1 });
});

it.each([
  ['`pause`', pause],
  ['`revoke`', revoke],
] as const)('no challenge is taken in hand once %s has returned', async (_what, stop) => {
  await stop(bridge.app);
  // What waits isn't even decided again: it stays as it is.
  expect(await beginSending(bridge.app, 8)).toEqual({ claimed: [], stale: 0 });
});

it('no challenge is taken in hand while its last attempt isn’t over', async () => {
  const codesubmit = new Circuit<ChallengeVendor>('codesubmit', unasked, bridge.app);
  const sender = new Sender({ ...bridge.app, codesubmit });
  const [queued] = listInState(bridge.app.database, 'queued');
  const begun = await sender.begin(8, new Set([String(queued?.id)]));
  expect(begun).toEqual({ claimed: [], stale: 0 });
  expect(bridge.counts()).toEqual({ queued: 1 });
  expect(await bridge.beginSending()).toHaveLength(1);
});

it.each<[what: string, announced: Hint]>([
  ['a move', { announced_stage_id: 'another' as StageId }],
  ['an archiving', { announced_archived: 1 }],
  ['a deletion', { is_deletion_announced: 1 }],
])(
  'no challenge is taken in hand after %s that no read has shown yet',
  async (_what, announced) => {
    await bridge.app.database.write((tx) => hint(tx, ADA, now(), announced));
    expect(await bridge.beginSending()).toEqual([]);
    expect(bridge.counts()).toEqual({ queued: 1 });
  },
);

it('a bulk move is taken in hand once, and when it stops growing or after five seconds', async () => {
  const { app, clock } = bridge;
  const stageId = backendRule.stageId;
  const announced = { announced_stage_id: stageId };
  const grows = (count: number) =>
    app.database.write((tx) => {
      for (let one = 0; one < count; one += 1)
        hint(tx, `moved-${clock.now()}-${one}` as OpportunityId, clock.now(), announced);
    });
  const claim = async (underWay: string[] = []) => {
    const claimed = await claimLooks(app, 8, new Set(underWay));
    return claimed.map((one) => ('looks' in one ? `${one.looks.length} together` : one.id));
  };
  for (let ms = 0; ms < 5_000; ms += 500) {
    await grows(20);
    expect(await claim()).toEqual([]);
    clock.advance(500);
  }
  expect(await claim()).toEqual(['200 together']);
  expect(await claim([stageId])).toEqual([]);
  await app.database.write(dropLooksAndHolds);
  await grows(20);
  clock.advance(999);
  expect(await claim()).toEqual([]);
  clock.advance(1);
  expect(await claim()).toEqual(['20 together']);
});

it('a bulk move that went on while it was listed is complete again before the next listing', async () => {
  const { app, clock } = bridge;
  const announced = { announced_stage_id: backendRule.stageId };
  const ids = Array.from({ length: 20 }, (_, one) => `moved-${one}` as OpportunityId);
  const move = () =>
    app.database.write((tx) => ids.forEach((id) => hint(tx, id, clock.now(), announced)));
  const claim = async () => {
    const claimed = await claimLooks(app, 8, new Set());
    return claimed.flatMap((one) => ('looks' in one ? one.looks : []));
  };
  await move();
  clock.advance(6_000);
  const looks = await claim();
  await move();
  await app.database.write((tx) =>
    looks.forEach((look) => settleLook(tx, look, null, clock.now())),
  );
  expect(await claim()).toEqual([]);
  clock.advance(1_000);
  expect(await claim()).toHaveLength(20);
});

it('an update to Lever is taken in hand once, and settled while it is', async () => {
  const { app } = bridge;
  await bridge.sendDue();
  const begun = await Promise.all([bridge.beginWriting(), bridge.beginWriting()]);
  expect(begun.map(({ length }) => length)).toEqual([1, 0]);
  const [writing] = begun[0];
  await app.database.write((tx) => recoverWriting(tx, now()));
  await expect(bridge.write(writing!)).rejects.toThrow('is not writing');
  const lever = new Circuit<LeverWriter>('lever', unasked, app);
  await releaseWriteback({ ...app, lever }, writing!, new Error());
  expect(bridge.counts()).toEqual({ invited: 1 });
  const [again] = await bridge.beginWriting();
  await bridge.write(again!);
  expect(bridge.counts()).toEqual({ linked: 1 });
});

it('a second candidate’s update needs no statement of its own', async () => {
  const { app } = bridge;
  const writeNext = async () => {
    await bridge.sendDue();
    const [writing] = await bridge.beginWriting();
    await bridge.write(writing!);
  };
  await writeNext();
  await bridge.look({ id: 'another' as OpportunityId, contactId: null, emails: ['b@example.com'] });
  const prepare = vi.spyOn(app.database.connection, 'prepare');
  await writeNext();
  expect(prepare.mock.calls).toEqual([]);
  expect(bridge.counts()).toEqual({ linked: 2 });
});

/** Writes the update that is due, as far as the store sees it. */
function writeDue(settled: Settled): void {
  const { database } = bridge.app;
  const [due] = listDueWritebacks(database, now(), 0, 1);
  database.lend((tx) => {
    beginWriting(tx, due!);
    settleWriting(tx, due!, settled, now());
  });
}

it('an update that Lever hid counts as waiting from its retry on', async () => {
  const { database } = bridge.app;
  await bridge.sendDue();
  writeDue({ state: 'parked', dueAt: now(), why: '404' });
  bridge.clock.advance(2 * HOUR_MS);
  const [row] = bridge.invitations();
  database.lend((tx) => retryWritebacks(tx, row!.id, now()));
  expect(tallyWritebacks(database, 'old', { before: now() - HOUR_MS, now: now() })).toEqual([]);
  expect(tallyWritebacks(database, 'old', { before: now(), now: now() })).toMatchObject([
    { n: 1, since: now() },
  ]);
});

it('a tag that replaces one is dated by itself in the timeline', () => {
  const { database } = bridge.app;
  const id = 'o' as OpportunityId;
  const about = { opportunityId: id, invitationId: null, topic: HOLD_TOPIC };
  const want = (tag: string) => database.lend((tx) => setTag(tx, about, tag, now()));
  const dates = () => listWritebacks(database, id).map(({ at, outcome }) => [outcome, at]);
  want('first');
  writeDue({ state: 'done', lookAt: null });
  bridge.clock.advance(HOUR_MS);
  want('second');
  expect(dates()).toEqual([['pending', now()]]);
});
