/** After a jump of the machine's calendar everything waits as long as it would have. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shiftWaiting } from '../../src/daemon/loops/work.js';
import { ClockWatch } from '../../src/daemon/watches/clock-watch.js';
import { SteadyClock } from '../../src/domain/clock.js';
import type { ContactId, OpportunityId } from '../../src/domain/ids.js';
import { StoreRig } from '../rigs/store.js';
import { backendRule, GRACE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const HOUR = 3_600_000;
/** The name of a column that says when something is due. */
const DUE = /^(due|next_attempt|lookup|poll)_at$/;
/** Since when it has waited, for the limits on that. */
const SINCE = ['invitations.queued_at', 'writebacks.created_at'];
/** Not a wait: the day until which a candidate should be done, which CodeSubmit calculates. */
const NO_WAIT = 'invitations.due_at';

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

/** `table.column` of everything due at some time, with the times. */
function dueTimes(): Map<string, number[]> {
  const { database } = bridge.app;
  const columns = database
    .prepare<[], { owner: string; name: string }>(
      `SELECT m.name AS owner, c.name FROM sqlite_schema m, pragma_table_xinfo(m.name) c
       WHERE m.type = 'table'`,
    )
    .all()
    .filter(
      ({ owner, name }) =>
        SINCE.includes(`${owner}.${name}`) || (DUE.test(name) && `${owner}.${name}` !== NO_WAIT),
    );
  return new Map(columns.map(({ owner, name }) => [`${owner}.${name}`, timesOf(owner, name)]));
}

function timesOf(table: string, column: string): number[] {
  // A queued one waits by its next attempt, any other state by something else.
  const isOfQueued = ['next_attempt_at', 'queued_at'].includes(column);
  const waiting = isOfQueued ? `state = 'queued'` : `${column} IS NOT NULL`;
  return bridge.app.database
    .prepare<[], { at: number }>(`SELECT ${column} AS at FROM ${table} WHERE ${waiting} ORDER BY 1`)
    .all()
    .map(({ at }) => at);
}

function watchClock(): ClockWatch {
  const { app, clock } = bridge;
  return new ClockWatch(app, new SteadyClock(clock), (tx, jumpMs) => {
    shiftWaiting(app, tx, jumpMs);
  });
}

it.each([-HOUR, 4_000 * 24 * HOUR])('by %i ms', async (jumpMs) => {
  await makeAllWait();
  const watch = watchClock();
  const before = dueTimes();
  for (const [column, times] of before) expect(times, column).not.toEqual([]);
  bridge.clock.jump(jumpMs);
  await watch.look();
  const after = dueTimes();
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [column, times] of before) {
    expect(after.get(column), column).toEqual(times.map((at) => at + jumpMs));
  }
  await watch.look();
  expect(dueTimes()).toEqual(after);
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

it.each([
  [-HOUR, 'is taken for too old'],
  [HOUR, 'has aged, as after sleep'],
])('after a jump by %i ms the last whole reading proves nothing, and %s', async (jumpMs) => {
  const { app, clock } = bridge;
  const at = clock.now();
  await app.database.write((tx) => {
    app.list.set(tx, {
      ended: { reading: 1, beganAt: at - 5, vendorAt: 1, isComplete: true },
      copy: { ...COPY, endedAt: at, wholeAt: at },
      trouble: { since: at, until: at, error: '', isLasting: false },
      retryAt: at + 5,
    });
  });
  const watch = watchClock();
  clock.jump(jumpMs);
  await watch.look();
  expect(app.list.state()).toMatchObject({
    ended: null,
    copy: { endedAt: at + jumpMs, wholeAt: jumpMs < 0 ? 0 : at },
    trouble: { since: at + jumpMs, until: at + jumpMs },
    retryAt: at + 5 + jumpMs,
  });
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
