/** The sweep at scale: page by page, stage by stage. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId } from '../../src/domain/ids.js';
import { SweptStore } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let world: SweptStore;
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
});

afterEach(() => world.close());

const invited = () => world.bridge.counts().queued ?? 0;

it('decides a page before it reads the next', async () => {
  world.people(250, { tags: [] });
  const decidedBefore: number[] = [];
  world.isStopped = () => {
    const decided = world.bridge.app.database
      .prepare<[], { n: number }>('SELECT count(*) AS n FROM decisions')
      .get();
    decidedBefore.push(decided?.n ?? 0);
    return false;
  };
  await world.sweep.run('all');
  expect(decidedBefore.slice(1)).toEqual([0, 100, 200, 250]);
  // The next one comes accordingly later.
  expect(world.sweep.calls).toBe(3);
});

describe('the brake', () => {
  const held = () => world.bridge.counts();

  it('counts together what a sweep finds on several pages', async () => {
    world.bridge.setBrake({ count: 150, minutes: 10 });
    world.people(151);
    world.people(100, { tags: [] });
    await world.sweepAndLook();
    expect(held()).toEqual({ held: 151 });
  });

  it('sends what is not too many, whatever its page', async () => {
    world.bridge.setBrake({ count: 150, minutes: 10 });
    world.people(150);
    await world.sweepAndLook();
    expect(held()).toEqual({ queued: 150 });
  });

  it('of one rule doesn’t decide early about another’s', async () => {
    const frontend = 'codesubmit:frontend';
    world.addRule({ tag: frontend, challengeId: 'frontend' as never, challengeName: 'Frontend' });
    world.bridge.setBrake({ count: 60, minutes: 10 });
    world.people(40, { tags: [frontend] });
    world.people(109, { tags: [] });
    world.people(61);
    world.people(30, { tags: [frontend] });
    await world.sweepAndLook();
    expect(held()).toEqual({ held: 131 });
  });

  it('counts on where a sweep was stopped', async () => {
    world.bridge.setBrake({ count: 150, minutes: 10 });
    world.people(250);
    let pages = 0;
    world.isStopped = () => ++pages > 2;
    await world.sweepAndLook();
    expect(held()).toEqual({});
    world.isStopped = () => false;
    await world.sweepAndLook();
    expect(held()).toEqual({ held: 250 });
  });
});

describe('a stage whose list fails', () => {
  const onSite = 'On-site';
  const problems = () => world.bridge.app.problems().filter(({ code }) => code === 'sweep_failed');
  let here: OpportunityId;
  let there: OpportunityId;

  beforeEach(() => {
    world.addRule({ stageId: world.stageId(onSite), stageName: onSite, tag: 'codesubmit:onsite' });
    here = world.person();
    there = world.person({ stageId: onSite, tags: ['codesubmit:onsite'] });
  });

  /** Only the first of the two stages that are asked for. */
  const breakOneList = (kind: '5xx' | '429' | 'html', times: number) =>
    world.simulator.lever.faults.set({ route: '/v1/opportunities', kind, times });

  it('doesn’t keep the others from being swept, and is retried alone', async () => {
    breakOneList('5xx', 1);
    await expect(world.sweep.run('all')).rejects.toThrow('500');
    expect([world.decisionOn(here), world.decisionOn(there)].sort()).toEqual(['invite', undefined]);
    world.forgetRequests();
    expect(await world.sweep.run('failed')).toBe(true);
    expect(world.lists()).toHaveLength(1);
    expect([world.decisionOn(here), world.decisionOn(there)]).toEqual(['invite', 'invite']);
  });

  it('is named in the problems until it is read', async () => {
    breakOneList('5xx', 1);
    await expect(world.sweep.run('all')).rejects.toThrow();
    expect(problems()).toEqual([]);
    breakOneList('5xx', 1);
    await expect(world.sweep.run('failed')).rejects.toThrow();
    expect(problems()).toMatchObject([{ vendor: 'lever', level: 'warn' }]);
    expect(problems()[0]?.what).toContain(
      '“Take-home” can’t be listed: Lever has an error on its side (lever GET /opportunities: 500',
    );
    await world.sweep.run('failed');
    expect(problems()).toEqual([]);
  });

  it('comes last the next time', async () => {
    breakOneList('html', 1);
    await expect(world.sweep.run('all')).rejects.toThrow();
    world.forgetRequests();
    await world.sweep.run('all');
    const stages = world.lists().map(({ query }) => (query as { stage_id: string }).stage_id);
    expect(stages).toEqual([world.stageId(onSite), world.stageId()]);
  });

  it('because Lever asks to wait stops the sweep, and the rest stays pending', async () => {
    breakOneList('429', 1);
    world.forgetRequests();
    await expect(world.sweep.run('all')).rejects.toThrow('429');
    expect(world.lists()).toHaveLength(1);
    expect(await world.sweep.run('failed')).toBe(true);
    expect(world.lists()).toHaveLength(3);
  });

  it('on a later page misses no one of the pages before it', async () => {
    world.bridge.setBrake({ count: 500, minutes: 10 });
    world.people(150);
    world.simulator.lever.faults.set({
      route: '/v1/opportunities',
      kind: 'truncated',
      skip: 1,
      times: 1,
    });
    await expect(world.sweep.run('all')).rejects.toThrow();
    expect(invited()).toBeGreaterThanOrEqual(100);
  });
});
