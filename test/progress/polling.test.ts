/**
 * Candidates' progress is read from CodeSubmit's list, as rarely as possible, and never goes
 * backwards.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNumbers } from '../../src/operate/status/status-numbers.js';
import { readRemarks, readStatus } from '../../src/operate/status/status-report.js';
import { DAY, MINUTE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { PolledStore } from './polled-store.js';
import { Tx } from '../../src/storage/database/database.js';

const WEEK = 7 * DAY;
const folder = temporaryFolder();

let world: PolledStore;
let worlds = 0;
beforeEach(async () => {
  world = await PolledStore.open(folder, String(++worlds));
});
afterEach(() => world.close());

const advance = (ms: number) => world.bridge.clock.advance(ms);

describe('the calls it costs', () => {
  const PAGE = 50;
  const PAGES = 100;

  it('with 5,000 under way reads each page once', async () => {
    const older = await world.send(1_000);
    for (const id of older) world.codesubmit.setProgress(id, 'reviewed');
    advance(5 * MINUTE);
    expect(await world.poll()).toBe(1_000 / PAGE);
    const underWay = await world.send(PAGE * PAGES);
    for (const id of underWay.slice(0, 10)) world.codesubmit.setProgress(id, 'started');
    advance(5 * MINUTE);
    expect(await world.poll()).toBe(PAGES + 1_000 / PAGE);
    expect(underWay.map((id) => world.progressOf(id)?.progress)).toEqual(
      underWay.map((_, index) => (index < 10 ? 'started' : 'invited')),
    );
    expect(await world.poll()).toBe(0);
    advance(2 * MINUTE);
    expect(await world.poll()).toBe(PAGES + 1_000 / PAGE);
  });

  it.each(['newest-first', 'oldest-first', 'random'] as const)(
    'needs no order: %s',
    async (listOrder) => {
      world.codesubmit.switches.listOrder = listOrder;
      world.codesubmit.switches.pageSize = 10;
      const ids = await world.send(100);
      for (const id of ids) world.codesubmit.setProgress(id, 'submitted');
      advance(5 * MINUTE);
      expect(await world.poll()).toBe(10);
      for (const id of ids) expect(world.progressOf(id)?.progress).toBe('submitted');
    },
  );

  it('costs nothing when the whole list was just read for a sending', async () => {
    const [id = ''] = await world.send(1);
    world.codesubmit.setProgress(id, 'started');
    advance(5 * MINUTE);
    await world.list.read();
    expect(await world.poll()).toBe(0);
    expect(world.progressOf(id)?.progress).toBe('started');
  });

  it('reads one on a later page, though the first page shows nothing new', async () => {
    world.codesubmit.switches.pageSize = 1;
    const [older = ''] = await world.send(1);
    advance(MINUTE);
    const [newer = ''] = await world.send(1);
    world.codesubmit.setProgress(newer, 'reviewed');
    advance(5 * MINUTE);
    expect(await world.poll()).toBe(2);
    world.codesubmit.setProgress(older, 'started');
    advance(2 * 60 * MINUTE);
    expect(await world.poll()).toBe(2);
    expect(world.progressOf(older)?.progress).toBe('started');
    expect(await world.poll()).toBe(0);
  });

  it('doesn’t ask without end for one that isn’t listed, after a reading that was interrupted', async () => {
    const { switches, invitations } = world.codesubmit;
    Object.assign(switches, { pageSize: 1, brokenPage: 2 });
    await world.send(3);
    advance(2 * 60 * MINUTE);
    invitations.splice(0, 1);
    expect(await world.poll()).toBe(2);
    switches.brokenPage = 0;
    advance(MINUTE);
    // The reading continues at the page that failed.
    expect(await world.poll()).toBe(1);
    expect(world.isDue()).toBe(false);
  });
});

describe('what it stores', () => {
  it('moves only forward, keeps the number, and ends at a final state', async () => {
    const [id = ''] = await world.send(1);
    const seen = [];
    for (const step of ['started', 'invited', 'submitted', 'started', 'reviewed'] as const) {
      world.codesubmit.setProgress(id, step);
      advance(30 * MINUTE);
      await world.poll();
      const { progress, number } = world.progressOf(id)!;
      seen.push(`${progress} ${String(number)}`);
    }
    expect(seen).toEqual(['started 2', 'started 1', 'submitted 3', 'submitted 2', 'reviewed 4']);
    advance(DAY);
    expect(world.isDue()).toBe(false);
  });

  it('ends after twelve weeks', async () => {
    await world.send(1);
    advance(12 * WEEK - 1);
    expect(world.isDue()).toBe(true);
    advance(1);
    expect(world.isDue()).toBe(false);
  });

  it('a number without a meaning is stored, listed with an example and a guess, and read again once it has one', async () => {
    world.set({ statusMap: {} });
    const [id = ''] = await world.send(2);
    world.codesubmit.setProgress(id, 'started');
    advance(5 * MINUTE);
    await world.poll();
    expect(world.progressOf(id)).toMatchObject({ progress: 'unknown', number: 2 });
    const { numbers, proposal } = readNumbers(world.bridge.app);
    expect(numbers.map(({ number, meaning, guess }) => [number, meaning, guess])).toEqual([
      [1, null, 'invited'],
      [2, null, 'started'],
    ]);
    expect(numbers[1]?.example).toMatchObject({ id: 1, challenge: 'Backend', opportunityId: id });
    expect(proposal).toBe('1=invited,2=started');
    world.set({ statusMap: { 2: 'submitted' } });
    await world.recover();
    expect(world.progressOf(id)?.progress).toBe('submitted');
  });

  it('follows what an admin settled as sent, if only one in the list matches', async () => {
    const [one = '', several = ''] = await world.send(2);
    const { database } = world.bridge.app;
    Tx.run((tx) => database.prepareWrite('UPDATE invitations SET vendor_id = NULL').run(tx));
    const { email, testId } = world.codesubmit.getInvitation(several);
    world.codesubmit.invite({ testId, email, firstName: 'By', lastName: 'Hand' });
    for (const id of [one, several]) world.codesubmit.setProgress(id, 'started');
    advance(5 * MINUTE);
    await world.poll();
    expect(world.progressOf(one)?.progress).toBe('started');
    expect(world.progressOf(several)).toBeUndefined();
    const remarks = [...readRemarks(world.bridge.app, [1, 2]).entries()];
    expect(remarks).toEqual([[2, ' ! not found in CodeSubmit’s list yet, so progress is unknown']]);
    advance(4 * MINUTE);
    expect(await world.poll()).toBe(1);
    world.restart();
    expect(world.isDue()).toBe(false);
  });

  it('lists candidates past their due date, counted from the sending, until they submit', async () => {
    const [late = '', inTime = ''] = await world.send(2, 7);
    const [undated = ''] = await world.send(1);
    world.codesubmit.setProgress(inTime, 'submitted');
    const overdue = () =>
      readStatus(world.bridge.app, {
        overdueAt: world.bridge.app.clock.now(),
        limit: 10,
      }).invitations.map(({ opportunityId }) => opportunityId);
    advance(WEEK - DAY);
    await world.poll();
    expect(overdue()).toEqual([]);
    advance(2 * DAY);
    expect(overdue()).toEqual([late]);
    for (const id of [late, undated]) world.codesubmit.setProgress(id, 'submitted');
    await world.poll();
    expect(overdue()).toEqual([]);
  });
});

describe('when CodeSubmit fails', () => {
  it('waits out a 429 as long as it says, and loses nothing', async () => {
    const [id = ''] = await world.send(1);
    world.codesubmit.setProgress(id, 'started');
    advance(5 * MINUTE);
    const route = '/api/external/candidates';
    world.codesubmit.faults.set({ kind: '429', route, times: 1, retryAfter: 90 });
    expect(await world.poll()).toBe(1);
    advance(89_000);
    expect(await world.poll()).toBe(0);
    advance(1_000);
    expect(await world.poll()).toBe(1);
    expect(world.progressOf(id)?.progress).toBe('started');
  });

  it('retries a 5xx less and less often, and at once after a restart', async () => {
    await world.send(1);
    advance(5 * MINUTE);
    world.codesubmit.faults.set({ kind: '5xx', when: 'before' });
    let tries = 0;
    for (let second = 0; second < 3_600; second += 10) {
      tries += await world.poll();
      advance(10_000);
    }
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
    world.restart();
    advance(MINUTE);
    expect(world.isDue()).toBe(true);
  });

  it('stops everything for a rejected key, and names it', async () => {
    await world.send(1);
    advance(5 * MINUTE);
    world.codesubmit.subscription = 'unpaid';
    await world.poll();
    expect(world.bridge.app.integration.state()).toBe('needs_reauth');
  });
});
