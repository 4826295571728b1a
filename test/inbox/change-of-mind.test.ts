/**
 * Candidates archived, moved on, deleted or anonymized before sending get nothing; those who are
 * gone are erased here too.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Retention } from '../../src/pipeline/erasure/retention.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import { DeletedWatch } from '../../src/pipeline/erasure/find-deleted.js';
import { DAY, MINUTE } from '../support/fictional-records.js';
import { BEFORE, SweptStore } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const HOUR = 60 * MINUTE;
const folder = temporaryFolder();
let world: SweptStore;
let watch: DeletedWatch;
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
  const { app, clock } = world.bridge;
  const { log } = app.runtime;
  watch = new DeletedWatch({ ...app, lever: world.full, clock, log });
});

afterEach(() => world.close());

const actions = () => world.simulator.lever.actions;
const contacts = () => world.simulator.lever.contacts;
const switches = () => world.simulator.lever.switches;

async function queued(): Promise<OpportunityId> {
  const id = world.person();
  await world.sweepAndLook();
  expect(world.bridge.invitationsInWords(id)).toEqual(['challenge-backend queued']);
  return id;
}

async function invited(): Promise<OpportunityId> {
  const id = await queued();
  expect(await world.sendAll()).toBe(1);
  return id;
}

/** A webhook from Lever, already verified. */
function told(event: string, opportunityId: string) {
  const { clock, app } = world.bridge;
  const identity = randomBytes(32);
  const delivery = { identity, event, opportunityId, toStageId: null, isEmpty: false };
  return app.deliveries.accept({ ...delivery, triggeredAt: clock.now() }, clock.now());
}

/** The hourly check, when it is due, and what it wants looked at. */
async function watchLater(ms: number): Promise<void> {
  world.bridge.clock.advance(ms);
  if (watch.isDue()) await watch.run();
  await world.look();
}

const erase = (): Promise<number> => new Retention(world.bridge.app).run();

function nameOf(id: OpportunityId): string | null | undefined {
  return world.bridge.app.database
    .prepare<[string], { name: string | null }>('SELECT name FROM opportunities WHERE id = ?')
    .get(id)?.name;
}

const CHANGES: [reason: string, change: (id: OpportunityId) => unknown][] = [
  ['archived', (id) => actions().archive(id, 'Withdrew')],
  ['left_stage', (id) => actions().move(id, BEFORE)],
  ['anonymized', (id) => actions().anonymize(id)],
  ['contact_not_allowed', (id) => contacts().setContactAllowed(id, false)],
  ['no_tag', (id) => actions().removeTags(id, ['codesubmit:backend'])],
];

describe('before it goes', () => {
  it.each(CHANGES)('%s: not sent, and the reason is stored', async (reason, change) => {
    const id = await queued();
    change(id);
    // An earlier read may send for a minute; then only a new look may.
    world.bridge.clock.advance(61_000);
    expect(await world.sendAll()).toBe(0);
    expect(world.bridge.invitationsInWords(id)).toEqual([`challenge-backend cancelled ${reason}`]);
    expect(world.decisionOn(id)).toBe(`ignore ${reason}`);
  });

  it.each([
    ['candidateArchiveChange', 'archived', CHANGES[0]![1]],
    ['candidateDeleted', 'deleted', (id: OpportunityId) => actions().remove(id)],
  ] as const)('%s is reported at once', async (event, reason, change) => {
    const id = await queued();
    change(id);
    expect(await told(event, id)).toMatchObject({ outcome: 'look' });
    await world.look();
    expect(world.bridge.invitationsInWords(id)).toEqual([`challenge-backend cancelled ${reason}`]);
    expect(await world.sendAll()).toBe(0);
  });

  it('deleted without a webhook is no_access at first, and deleted once Lever lists it', async () => {
    const id = await queued();
    actions().remove(id);
    world.bridge.clock.advance(61_000);
    expect(await world.sendAll()).toBe(0);
    expect(world.bridge.invitationsInWords(id)).toEqual(['challenge-backend cancelled no_access']);
    await watchLater(0);
    expect(world.decisionOn(id)).toBe('ignore deleted');
  });

  it('deleted stays deleted, whatever is reported later', async () => {
    const id = await queued();
    actions().remove(id);
    await told('candidateDeleted', id);
    await world.look();
    await told('candidateArchiveChange', id);
    await world.look();
    expect(world.decisionOn(id)).toBe('ignore deleted');
  });

  it('a webhook about someone who is still there changes nothing', async () => {
    const id = await queued();
    await told('candidateDeleted', id);
    await told('candidateArchiveChange', id);
    await world.look();
    expect(world.decisionOn(id)).toBe('invite');
    expect(await world.sendAll()).toBe(1);
  });
});

describe('listed as deleted in Lever', () => {
  it.each(['records', 'ids'] as const)('(%s) are erased here, after one look', async (form) => {
    switches().deletedList = form;
    const [gone, here] = [await invited(), await invited()];
    const stranger = world.person({ stageId: BEFORE });
    actions().remove(gone);
    actions().remove(stranger);
    world.forgetRequests();
    await watchLater(MINUTE);
    expect(world.singleReads()).toBe(1);
    expect(world.decisionOn(gone)).toBe('ignore deleted');
    expect(world.decisionOn(stranger)).toBeUndefined();
    expect(await erase()).toBe(1);
    expect([gone, here].map(nameOf)).toEqual([null, expect.any(String)]);
    const [row] = world.bridge.invitations();
    expect(row).toMatchObject({ state: 'invited', sealed_email: null, sealed_link: null });
    expect(world.bridge.app.writebacks.owed()).toMatchObject([{ n: 1 }]);
  });

  it('are listed hourly, from where the last list ended, and looked at once', async () => {
    const id = await invited();
    actions().remove(id);
    const asked = () => world.simulator.lever.requests.list({ route: '/v1/opportunities/deleted' });
    await watchLater(MINUTE);
    await watchLater(HOUR - 1);
    expect(asked()).toHaveLength(1);
    world.forgetRequests();
    for (let hours = 0; hours < 10; hours++) await watchLater(HOUR);
    expect([asked().length, world.singleReads()]).toEqual([10, 0]);
    const { deleted_at_start: since } = asked().at(-1)!.query as { deleted_at_start: string };
    expect(world.bridge.clock.now() - Number(since)).toBeLessThan(5 * HOUR);
  });

  it('are found by the next list when a lagging read still shows them', async () => {
    const id = await invited();
    world.simulator.lever.opportunities.deleted.push({ id, deletedAt: world.bridge.clock.now() });
    await watchLater(MINUTE);
    expect(world.decisionOn(id)).toBe('ignore already_invited');
    world.simulator.lever.opportunities.all.delete(id);
    await watchLater(HOUR);
    expect(world.decisionOn(id)).toBe('ignore deleted');
  });

  it('are found after a failure, as soon as Lever can be called', async () => {
    const id = await invited();
    actions().remove(id);
    const kind = 'drop-before';
    world.simulator.lever.faults.set({ route: '/v1/opportunities/deleted', kind, times: 1 });
    await watchLater(MINUTE);
    expect(world.decisionOn(id)).toBe('invite');
    await watchLater(MINUTE);
    expect(world.decisionOn(id)).toBe('ignore deleted');
  });
});

describe('without permission for that list', () => {
  beforeEach(() => {
    switches().deletedList = 'refused';
  });

  it('those not looked at for a week are, and are erased when hidden for another week', async () => {
    const [gone, here] = [await invited(), await invited()];
    actions().moveMany([gone, here], BEFORE);
    await world.hint([gone, here]);
    await world.look();
    actions().remove(gone);
    world.forgetRequests();
    await watchLater(6 * DAY);
    expect(world.singleReads()).toBe(0);
    await watchLater(1.1 * DAY);
    expect(world.singleReads()).toBe(2);
    expect([gone, here].map((id) => world.decisionOn(id))).toEqual([
      'ignore no_access',
      'ignore left_stage',
    ]);
    expect(await erase()).toBe(0);
    await watchLater(7.1 * DAY);
    expect(world.singleReads()).toBe(4);
    expect(await erase()).toBe(1);
    expect([gone, here].map(nameOf)).toEqual([null, expect.any(String)]);
    await watchLater(7.1 * DAY);
    expect(world.singleReads()).toBe(5);
  });

  it('few are read an hour, so Lever hardly notices, and in the end all', async () => {
    const people = world.people(620, { tags: [] });
    await world.sweepAndLook();
    actions().moveMany(people, BEFORE);
    world.forgetRequests();
    world.bridge.clock.advance(8 * DAY);
    await watchLater(0);
    expect(world.singleReads()).toBe(500);
    await watchLater(HOUR);
    expect(world.singleReads()).toBe(620);
    await watchLater(HOUR);
    expect(world.singleReads()).toBe(620);
  });
});

describe('someone who is gone', () => {
  it('is erased when anonymized, after work in progress has ended', async () => {
    const id = await queued();
    const [claimed] = await world.bridge.claimDue();
    actions().anonymize(id);
    await told('candidateArchiveChange', id);
    await world.look();
    expect(world.decisionOn(id)).toBe('ignore anonymized');
    expect(await erase()).toBe(0);
    const { bridge } = world;
    const accepted = bridge.accepted(claimed!);
    await bridge.app.sendOutcomes.settleInvited(claimed!, accepted, bridge.clock.now());
    expect(await erase()).toBe(1);
    expect(bridge.app.writebacks.owed()).toEqual([]);
  });

  it('is erased whatever the retention days, and not invited again elsewhere', async () => {
    const id = await invited();
    Tx.run((tx) => world.bridge.app.settings.save(tx, { retentionDays: null }));
    Tx.run((tx) => world.bridge.app.integration.bumpVersion(tx));
    actions().remove(id);
    await told('candidateDeleted', id);
    await world.look();
    expect(await erase()).toBe(1);
    const again = world.person({ emails: ['person.1@example.com'] });
    await world.sweepAndLook();
    expect(await world.sendAll()).toBe(0);
    expect(world.decisionOn(again)).toBe('ignore already_invited');
  });
});
