/** After a jump of the machine's calendar nothing waits longer than it would have. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Work } from '../../src/daemon/loops/work.js';
import { ClockWatch } from '../../src/daemon/watches/clock-watch.js';
import { machineTimers } from '../../src/domain/clock.js';
import type { ContactId, OpportunityId } from '../../src/domain/ids.js';
import { StoreRig } from '../rigs/store.js';
import { backendRule, GRACE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const HOUR = 3_600_000;
const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;
beforeEach(() => {
  bridge = new StoreRig(folder, `clock-${String(++number)}`);
});
afterEach(() => {
  bridge.close();
});

/**
 * One due for a look, one queued, one of unknown outcome, one invited whose link is pending, one
 * alarm to post.
 */
async function makeAllWait(): Promise<void> {
  const { app, clock } = bridge;
  bridge.addRule();
  await bridge.look();
  await bridge.sendDue();
  await bridge.look(somebodyElse(GRACE));
  const [unknown] = await bridge.claimDue();
  const lookup = { kind: 'unanswered' as const, at: clock.now() + HOUR };
  await app.sendOutcomes.settleUncertain(unknown!, 'no reply', lookup, clock.now());
  await bridge.look(somebodyElse('opportunity-queued'));
  await app.deliveries.accept(
    {
      ...{ identity: Buffer.alloc(32, 7), event: 'candidateStageChange', isEmpty: false },
      ...{ opportunityId: 'new', toStageId: backendRule.stageId, triggeredAt: clock.now() },
    },
    clock.now(),
  );
  const fact = { code: 'brake', subject: '', what: 'A rule is held', fix: 'Look at it' };
  await app.database.write((tx) => {
    app.alarms.raise(tx, fact, clock.now());
  });
}

function somebodyElse(id: string) {
  return { id: id as OpportunityId, contactId: id as ContactId, emails: [`${id}@example.com`] };
}

function watchClock(): ClockWatch {
  const { app } = bridge;
  const signal = new AbortController().signal;
  const work = new Work(app, {
    ...{ pollMs: 500, timers: machineTimers, signal, endChecks: signal },
    isDraining: () => true,
  });
  return new ClockWatch(app, (tx) => work.forgetTimes(tx));
}

it.each([-HOUR, 4_000 * 24 * HOUR])('by %i ms', async (jumpMs) => {
  const { app, clock } = bridge;
  await makeAllWait();
  const watch = watchClock();
  clock.jump(jumpMs);
  await watch.look();
  const now = clock.now();
  expect(app.inbox.countDue(now).n).toBe(1);
  expect(app.sendQueue.hasDue(now)).toBe(true);
  expect(app.invitations.listDueLookups(now + app.settleMs())).toHaveLength(1);
  expect(app.writebackQueue.hasDue(now)).toBe(true);
  expect(app.alarms.findDue(now)).toBeDefined();
});

it('who was on hold before a jump back, and isn’t in the stage any more, is missed by the next sweep', async () => {
  const { app, clock } = bridge;
  bridge.addRule();
  await bridge.look({ tags: ['codesubmit:backnd'] });
  const watch = watchClock();
  clock.jump(-HOUR);
  await watch.look();
  clock.advance(1);
  expect(app.decisions.listVanished(backendRule.stageId, clock.now())).toHaveLength(1);
});

const COPY = {
  ...{ reading: 1, vendorAt: 1, vendorEndAt: 1, whole: 1, durationMs: 1 },
  ...{ isHeadEnough: true, nameless: 0 },
};

it('after a jump the last whole reading proves nothing, and the next one is whole', async () => {
  const { app, clock } = bridge;
  const at = clock.now();
  await app.database.write((tx) => {
    app.list.set(tx, {
      ended: { reading: 1, beganAt: at - 5, vendorAt: 1, isComplete: true },
      copy: { ...COPY, endedAt: at, wholeAt: at },
    });
  });
  const watch = watchClock();
  clock.jump(HOUR);
  await watch.look();
  expect(app.list.state()).toMatchObject({ ended: null, copy: { wholeAt: 0 } });
  expect(app.list.vendorTime(clock.now())).toBe(COPY.vendorEndAt);
});

it('a reading from later than the start of the process is forgotten', async () => {
  const { app, clock } = bridge;
  await app.database.write((tx) => {
    const beganAt = clock.now() + HOUR;
    app.list.set(tx, { ended: { reading: 1, beganAt, vendorAt: beganAt, isComplete: true } });
    app.list.resume(tx, clock.now());
  });
  expect(app.list.state().ended).toBeNull();
});
