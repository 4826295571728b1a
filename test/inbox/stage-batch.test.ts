/** Many looks at one stage: read together from its list, without missing anyone. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approve, findApprovable } from '../../src/operate/actions/admin-actions.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import { backendRule, MINUTE } from '../support/fictional-records.js';
import { BEFORE, SweptStore, TAKE_HOME } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const MANY = 150;
let world: SweptStore;
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
});

afterEach(() => world.close());

/**
 * Lever's signed announcement that each was moved to the stage, just now unless stated otherwise.
 */
async function announce(
  ids: readonly OpportunityId[],
  stage = TAKE_HOME,
  triggeredAt = world.bridge.clock.now(),
): Promise<void> {
  const now = world.bridge.clock.now();
  await Promise.all(
    ids.map((opportunityId) =>
      world.bridge.app.deliveries.accept(
        {
          identity: createHash('sha256')
            .update(`${opportunityId} ${String(now)}`)
            .digest(),
          event: 'candidateStageChange',
          opportunityId,
          toStageId: world.stageId(stage),
          triggeredAt,
          isEmpty: false,
        },
        now,
      ),
    ),
  );
}

/** Some time ago they were elsewhere; now all are moved at once. */
function moveMany(count: number): OpportunityId[] {
  const ids = world.people(count, { stageId: BEFORE });
  world.bridge.clock.advance(60 * MINUTE);
  world.simulator.lever.actions.moveMany(ids, TAKE_HOME);
  return ids;
}

const inboxSize = () =>
  world.bridge.app.database.prepare<[], { n: number }>('SELECT count(*) AS n FROM inbox').get()?.n;

describe('a bulk move', () => {
  it('is read from the list’s pages', async () => {
    world.people(500, { tags: [] });
    await announce(moveMany(MANY));
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ queued: MANY });
    expect(world.lists()).toHaveLength(2);
    expect(world.singleReads()).toBe(0);
    expect(inboxSize()).toBe(0);
  });

  it('of fewer than twenty is read one by one, at once', async () => {
    await announce(moveMany(19));
    await world.lookOnce();
    expect(world.singleReads()).toBe(19);
    expect(world.lists()).toHaveLength(0);
  });

  it('is waited for while it grows, but at most five seconds', async () => {
    const ids = moveMany(MANY);
    for (let sent = 0; sent < 120; sent += 20) {
      await announce(ids.slice(sent, sent + 20));
      expect(await world.lookOnce()).toBe(0);
      world.bridge.clock.advance(900);
    }
    expect(await world.lookOnce()).toBe(1);
    expect(world.bridge.counts()).toEqual({ queued: MANY });
  });

  it('delays no one else meanwhile', async () => {
    const onSite = 'On-site';
    world.addRule({ stageId: world.stageId(onSite), stageName: onSite, tag: 'codesubmit:onsite' });
    await announce(moveMany(MANY));
    const other = world.person({ stageId: onSite, tags: ['codesubmit:onsite'] });
    await announce([other], onSite);
    expect(await world.lookOnce()).toBe(1);
    expect(world.decisionOn(other)).toBe('invite');
  });

  it('counts together for the brake', async () => {
    world.bridge.setBrake({ count: 100, minutes: 10 });
    await announce(moveMany(MANY));
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ held: MANY });
  });

  it('that a page has shown before it was announced costs no read', async () => {
    const ids = moveMany(MANY);
    await announce(ids.slice(0, 100));
    await world.lookTogether();
    await announce(ids.slice(100));
    world.forgetRequests();
    await world.lookTogether();
    expect(world.simulator.lever.requests.list()).toEqual([]);
    expect(world.bridge.counts()).toEqual({ queued: MANY });
    expect(inboxSize()).toBe(0);
  });

  it('that a page has shown without an invitation is looked at once it is announced', async () => {
    const ids = moveMany(MANY);
    const [first] = ids as [OpportunityId];
    const { actions } = world.simulator.lever;
    actions.removeTags(first, [backendRule.tag]);
    await announce(ids.slice(1, 101));
    await world.lookTogether();
    expect(world.decisionOn(first)).toBe('ignore no_tag');
    actions.addTags(first, [backendRule.tag]);
    await announce([first]);
    await world.lookTogether();
    expect(world.decisionOn(first)).toBe('invite');
  });

  it('that was decided more than a minute ago is looked at when it is announced again', async () => {
    const [first] = moveMany(1) as [OpportunityId];
    const movedAt = world.bridge.clock.now();
    await announce([first]);
    await world.lookOnce();
    world.bridge.clock.advance(2 * MINUTE);
    world.forgetRequests();
    await announce([first], TAKE_HOME, movedAt);
    await world.lookOnce();
    expect(world.singleReads()).toBe(1);
  });
});

describe('someone the list doesn’t show where expected', () => {
  it('is read alone: the list is behind', async () => {
    world.simulator.lever.switches.listLagMs = 5 * MINUTE;
    await announce(moveMany(MANY));
    await world.lookTogether();
    expect(world.singleReads()).toBe(MANY);
    expect(world.bridge.counts()).toEqual({ queued: MANY });
  });

  it('is read alone: moving back doesn’t count as a move', async () => {
    const ids = world.people(MANY, { stageId: 'On-site' });
    world.bridge.clock.advance(60 * MINUTE);
    world.simulator.lever.switches.movingBackAdvances = false;
    world.simulator.lever.actions.moveMany(ids, TAKE_HOME);
    await announce(ids);
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ queued: MANY });
  });

  it('is read alone: so many others were moved that pages would not pay off', async () => {
    moveMany(500);
    const late = world.people(20, { stageId: BEFORE, createdAt: 1 });
    world.simulator.lever.actions.moveMany(late, TAKE_HOME);
    await announce(late);
    await world.lookTogether();
    expect(world.lists().length).toBeLessThanOrEqual(2);
    expect(late.map((id) => world.decisionOn(id))).toEqual(late.map(() => 'invite'));
  });

  it('is read alone: they have already moved on', async () => {
    const ids = moveMany(MANY);
    await announce(ids);
    world.simulator.lever.actions.moveMany(ids.slice(0, 30), 'On-site');
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ queued: MANY - 30 });
    expect(inboxSize()).toBe(30);
    world.bridge.clock.advance(MINUTE);
    await world.lookOnce();
    world.bridge.clock.advance(MINUTE);
    await world.lookOnce();
    expect(inboxSize()).toBe(0);
    expect(world.bridge.counts()).toEqual({ queued: MANY - 30 });
  });
});

describe('when the list fails', () => {
  const breakList = (kind: '5xx' | '429') =>
    world.simulator.lever.faults.set({ route: '/v1/opportunities', kind, times: 1 });

  it('everyone is read one by one', async () => {
    await announce(moveMany(MANY));
    breakList('5xx');
    await world.lookTogether();
    expect(world.singleReads()).toBe(MANY);
    expect(world.bridge.counts()).toEqual({ queued: MANY });
  });

  it('because Lever asks to wait, everyone waits', async () => {
    await announce(moveMany(MANY));
    breakList('429');
    await world.lookOnce();
    world.bridge.clock.advance(1_000);
    await world.lookOnce();
    expect(world.lever.remainingMs()).toBeGreaterThan(0);
    expect(inboxSize()).toBe(MANY);
    expect(world.singleReads()).toBe(0);
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ queued: MANY });
  });
});

describe('many who wait for a new decision', () => {
  it('because their read has grown old are read from pages', async () => {
    moveMany(MANY);
    await world.sweep.run('all');
    world.bridge.clock.advance(2 * MINUTE);
    world.forgetRequests();
    expect(await world.bridge.claimDue()).toEqual([]);
    await world.lookTogether();
    expect(world.singleReads()).toBe(0);
    expect(world.lists()).toHaveLength(2);
    expect(await world.bridge.sendDue()).toBe(100);
    expect(await world.bridge.sendDue()).toBe(50);
  });

  it('because they were approved are read from pages and sent', async () => {
    world.bridge.setBrake({ count: 100, minutes: 10 });
    moveMany(MANY);
    await world.sweepAndLook();
    expect(world.bridge.counts()).toEqual({ held: MANY });
    const { app } = world.bridge;
    await approve(app, findApprovable(app, 'all'));
    world.forgetRequests();
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ queued: MANY });
    expect(world.singleReads()).toBe(0);
    expect(app.rules.listActive()[0]?.isBraked).toBe(false);
  });

  it('whose delay is over together are read from pages', async () => {
    const { app, clock } = world.bridge;
    const [rule] = app.rules.listActive();
    Tx.run((tx) => app.rules.update(tx, rule!.id, { ...rule!, delayMinutes: 30 }, 0));
    moveMany(MANY);
    await world.sweepAndLook();
    expect(world.bridge.counts()).toEqual({ held: MANY });
    clock.advance(30 * MINUTE);
    world.forgetRequests();
    await world.lookTogether();
    expect(world.bridge.counts()).toEqual({ queued: MANY });
    expect(world.singleReads()).toBe(0);
  });
});
