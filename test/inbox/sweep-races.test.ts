/**
 * The sweep during changes while it reads: shifting pages, moving candidates, and webhooks' looks.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChallengeId, OpportunityId } from '../../src/domain/ids.js';
import { MINUTE } from '../support/fictional-records.js';
import { BEFORE, SweptStore, TAKE_HOME } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let world: SweptStore;
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
});

afterEach(() => world.close());

/** Runs something once the sweep has decided its first page and before it requests the second. */
function afterFirstPage(happen: () => unknown): void {
  let requests = 0;
  world.beforeRequest = async () => {
    if (++requests === 2) await happen();
  };
}

const move = (id: OpportunityId, stage: string) => world.simulator.lever.actions.move(id, stage);
const statesOf = (ids: OpportunityId[]) =>
  ids.map((id) => world.bridge.invitationsInWords(id).join());

describe('pages that shift while they are read', () => {
  let first: OpportunityId;
  let all: OpportunityId[];

  /**
   * The list begins with the latest arrival; the first of the second page is skipped when someone
   * leaves the first.
   */
  function fillTwoPages(count = 150): OpportunityId {
    world.simulator.lever.switches.pageTokens = 'by-position';
    all = world.people(count);
    first = all.at(-1)!;
    return all.at(-101)!;
  }

  it('miss no one for more than one sweep', async () => {
    const skipped = fillTwoPages();
    afterFirstPage(() => move(first, BEFORE));
    await world.sweepAndLook();
    expect(world.decisionOn(skipped)).toBeUndefined();
    world.bridge.clock.advance(5 * MINUTE);
    await world.sweepAndLook();
    expect(world.decisionOn(skipped)).toBe('invite');
    await world.sendAll();
    expect(world.bridge.counts()).toEqual({ invited: 149, cancelled: 1 });
  });

  it('cancel no one who is queued', async () => {
    const skipped = fillTwoPages();
    await world.sweepAndLook();
    afterFirstPage(() => move(first, BEFORE));
    await world.sweepAndLook();
    expect(statesOf([skipped])).toEqual(['challenge-backend queued']);
  });

  it('release no one on hold: they are looked at, and found where they were', async () => {
    world.bridge.setBrake({ count: 100, minutes: 10 });
    const skipped = fillTwoPages();
    await world.sweepAndLook();
    expect(world.bridge.counts()).toEqual({ held: 150 });
    world.forgetRequests();
    afterFirstPage(() => move(first, BEFORE));
    world.bridge.clock.advance(MINUTE);
    await world.sweepAndLook();
    expect(world.singleReads()).toBe(1);
    expect(world.decisionOn(skipped)).toBe('hold brake');
    expect(world.bridge.counts()).toEqual({ held: 150 });
  });

  it('show someone twice, who gets one challenge', async () => {
    fillTwoPages();
    afterFirstPage(() => world.person());
    await world.sweepAndLook();
    await world.sendAll();
    expect(world.bridge.counts()).toEqual({ invited: 150 });
    await world.sweepAndLook();
    await world.sendAll();
    expect(world.bridge.counts()).toEqual({ invited: 151 });
  });

  it('count no one twice for the brake', async () => {
    world.bridge.setBrake({ count: 150, minutes: 10 });
    fillTwoPages();
    afterFirstPage(() => world.person());
    await world.sweepAndLook();
    expect(world.bridge.counts()).toEqual({ queued: 150 });
  });
});

describe('a webhook’s look at someone whom the sweep has read', () => {
  const hint = (id: OpportunityId) => world.hint([id]);

  it('and who has left since is what counts, even while the brake’s count holds the page back', async () => {
    world.bridge.setBrake({ count: 200, minutes: 10 });
    world.people(149);
    const mover = world.person();
    afterFirstPage(async () => {
      move(mover, BEFORE);
      await hint(mover);
      await world.look();
      expect(world.decisionOn(mover)).toBe('ignore other_stage');
    });
    await world.sweepAndLook();
    expect(statesOf([mover])).toEqual(['']);
    expect(world.bridge.counts()).toEqual({ queued: 149 });
  });

  it('and who was queued on the page cancels it, and it stays so', async () => {
    world.people(149);
    const mover = world.person();
    afterFirstPage(async () => {
      move(mover, BEFORE);
      await hint(mover);
      await world.look();
    });
    await world.sweepAndLook();
    expect(statesOf([mover])).toEqual(['challenge-backend cancelled left_stage']);
  });

  it('with an answer older than the page is repeated, not used', async () => {
    const mover = world.person({ stageId: BEFORE });
    await hint(mover);
    let takeReply!: () => void;
    const isSwept = new Promise<void>((resolve) => (takeReply = resolve));
    const isAnswered = new Promise<void>((resolve) => {
      world.beforeReply = () => {
        world.beforeReply = async () => undefined;
        resolve();
        return isSwept;
      };
    });
    const looked = world.look();
    await isAnswered;
    move(mover, TAKE_HOME);
    await world.sweep.run('all');
    expect(world.decisionOn(mover)).toBe('invite');
    takeReply();
    await looked;
    expect(world.singleReads()).toBe(2);
    expect(statesOf([mover])).toEqual(['challenge-backend queued']);
  });
});

it('a look that waits for the posting is outdated once a sweep has seen them elsewhere', async () => {
  world.addRule({
    tag: 'codesubmit:frontend',
    challengeId: 'challenge-frontend' as ChallengeId,
    challengeName: 'Frontend',
  });
  const elsewhere = { stageId: world.stageId(BEFORE), stageName: BEFORE, tag: '*' };
  world.addRule({ ...elsewhere, challengeId: 'challenge-third' as ChallengeId });
  const { postings } = world.simulator.lever;
  const posting = postings.add({ text: 'Engineer', tags: ['codesubmit:backend'] });
  const mover = world.person({ tags: ['codesubmit:frontend'], postingId: posting.id });
  // Its own is read first, then the posting's.
  afterFirstPage(async () => {
    world.simulator.lever.actions.removeTags(mover, ['codesubmit:backend', 'codesubmit:frontend']);
    move(mover, BEFORE);
    await world.sweep.run('all');
  });
  await world.hint([mover]);
  await world.look();
  expect(statesOf([mover])).toEqual(['challenge-third queued']);
});

it('a tag that the posting loses while a look reads it doesn’t pass for the candidate’s own', async () => {
  world.addRule({
    tag: 'codesubmit:frontend',
    challengeId: 'challenge-frontend' as ChallengeId,
    challengeName: 'Frontend',
  });
  const { postings } = world.simulator.lever;
  const posting = postings.add({
    text: 'Engineer',
    tags: ['codesubmit:backend', 'codesubmit:frontend'],
  });
  const applicant = world.person({ tags: [], postingId: posting.id });
  afterFirstPage(() => {
    postings.setTags(posting.id, ['codesubmit:frontend']);
  });
  await world.hint([applicant]);
  await world.look();
  expect(statesOf([applicant])).toEqual(['challenge-frontend queued']);
});

it('a candidate who moves between two rules’ stages between two lists gets what the later one says', async () => {
  const onSite = 'On-site';
  world.addRule({
    stageId: world.stageId(onSite),
    stageName: onSite,
    challengeId: 'challenge-onsite' as never,
    challengeName: 'On-site',
  });
  const mover = world.person();
  world.people(5, { stageId: onSite });
  afterFirstPage(() => move(mover, onSite));
  await world.sweepAndLook();
  expect(statesOf([mover])).toEqual([
    'challenge-backend cancelled other_challenge,challenge-onsite queued',
  ]);
});

it('a sweep that has ended, even by a failure, leaves nothing in memory', async () => {
  const [id] = world.people(150);
  await world.sweep.run('all');
  // The oldest possible read: while a read is in progress, later decisions are remembered.
  const mayUseOldest = () => world.reads.order.mayUse(id!, 0);
  expect(mayUseOldest()).toBe(true);
  world.beforeRequest = () => Promise.reject(new Error('a fault'));
  await expect(world.sweep.run('all')).rejects.toThrow();
  world.beforeRequest = async () => undefined;
  await world.sweep.run('all');
  expect(mayUseOldest()).toBe(true);
});
