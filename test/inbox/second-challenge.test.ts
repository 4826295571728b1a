/**
 * What must send nothing more to someone who has, or will have, a challenge: swapped tags, two
 * jobs, a delay.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approve, findApprovable } from '../../src/operate/actions/admin-actions.js';
import type { ChallengeId, OpportunityId } from '../../src/domain/ids.js';
import type { Posting } from '../../src/simulator/lever/lever-records.js';
import { DAY, MINUTE } from '../support/fictional-records.js';
import { BEFORE, SweptStore, TAKE_HOME } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const TAG = 'codesubmit:backend';
const FRONTEND = 'codesubmit:frontend';
const FIFTY = 50;
let world: SweptStore;
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
  const challengeId = 'challenge-frontend' as ChallengeId;
  world.addRule({ tag: FRONTEND, challengeId, challengeName: 'Frontend' });
});

afterEach(() => world.close());

const actions = () => world.simulator.lever.actions;

async function sweepAndSend(): Promise<number> {
  // So that no earlier read is fresh enough to send by.
  world.bridge.clock.advance(2 * MINUTE);
  await world.sweepAndLook();
  return world.sendAll();
}

const detailOf = (id: OpportunityId) => world.bridge.app.decisions.findCurrent(id)?.detail;

/** Opportunities with a pending link. */
function linksOwed(): string[] {
  const rows = world.bridge.app.database.prepare<[], { id: string }>(
    `SELECT opportunity_id AS id FROM writebacks WHERE kind = 'link' ORDER BY opportunity_id`,
  );
  return rows.all().map(({ id }) => id);
}

describe('the posting’s tag swapped with fifty invited', () => {
  let posting: Posting;
  let fifty: OpportunityId[];

  beforeEach(async () => {
    posting = world.simulator.lever.postings.add({ text: 'Engineer', tags: [TAG] });
    fifty = world.people(FIFTY, { tags: [], postingId: posting.id });
    expect(await sweepAndSend()).toBe(FIFTY);
    world.simulator.lever.postings.setTags(posting.id, [FRONTEND]);
  });

  it('sends nothing', async () => {
    expect([await sweepAndSend(), await sweepAndSend()]).toEqual([0, 0]);
    expect(fifty.map((id) => world.decisionOn(id))).toEqual(
      fifty.map(() => 'ignore already_invited'),
    );
    expect(new Set(fifty.map(detailOf))).toEqual(new Set(['tag_changed']));
    expect(world.bridge.counts()).toEqual({ invited: FIFTY });
  });

  it('holds those who come back to the stage, and releases only the approved one', async () => {
    const back = fifty.slice(0, 10);
    await sweepAndSend();
    actions().moveMany(back, BEFORE);
    world.bridge.clock.advance(MINUTE);
    actions().moveMany(back, TAKE_HOME);
    expect(await sweepAndSend()).toBe(0);
    expect(world.bridge.counts()).toEqual({ invited: FIFTY, held: 10 });
    const { app } = world.bridge;
    expect(findApprovable(app, 'all')).toEqual([]);
    const named = back.slice(0, 1);
    await approve(app, findApprovable(app, named));
    await world.look();
    expect(await world.sendAll()).toBe(1);
    expect([await sweepAndSend(), await sweepAndSend()]).toEqual([0, 0]);
    expect(world.bridge.invitationsInWords(named[0])).toEqual([
      'challenge-backend invited',
      'challenge-frontend invited',
    ]);
    expect(world.bridge.counts()).toEqual({ invited: FIFTY + 1, held: 9 });
  });

  it('sends the new one to new candidates, and to no one who waits for the old one twice', async () => {
    const late = world.person({ tags: [], postingId: posting.id });
    expect(await sweepAndSend()).toBe(1);
    expect(world.bridge.invitationsInWords(late)).toEqual(['challenge-frontend invited']);
  });
});

it('the posting’s tag swapped before anything was sent sends only the new challenge', async () => {
  const posting = world.simulator.lever.postings.add({ text: 'Engineer', tags: [TAG] });
  const ids = world.people(5, { tags: [], postingId: posting.id });
  await world.sweepAndLook();
  world.simulator.lever.postings.setTags(posting.id, [FRONTEND]);
  expect(await sweepAndSend()).toBe(5);
  expect(world.bridge.invitationsInWords(ids[0])).toEqual([
    'challenge-backend cancelled other_challenge',
    'challenge-frontend invited',
  ]);
});

describe('one person with two jobs', () => {
  const secondOf = (id: OpportunityId, tags = [TAG]) =>
    world.person({ contactId: world.simulator.lever.opportunities.get(id).contactId, tags });

  it('gets one challenge when both ask for the same', async () => {
    const first = world.person();
    const second = secondOf(first);
    expect([await sweepAndSend(), await sweepAndSend()]).toEqual([1, 0]);
    const decisions = [first, second].map((id) => world.decisionOn(id)).sort();
    expect(decisions).toEqual(['ignore already_invited', 'ignore already_invited']);
    expect(linksOwed()).toHaveLength(1);
  });

  it('gets both when they ask for two', async () => {
    const first = world.person();
    secondOf(first, [FRONTEND]);
    expect([await sweepAndSend(), await sweepAndSend()]).toEqual([2, 0]);
  });

  it.each([
    ['however long the first one’s challenge waits', 31, 0],
    ['within the reuse days of its sending, not of its promise', 29, 29],
  ])('gets one, %s', async (_, waitsDays, laterDays) => {
    const { integration, rules } = world.bridge.app;
    const [rule] = rules.listActive();
    Tx.run((tx) => rules.update(tx, rule!.id, { ...rule!, reuseDays: 30 }, 0));
    const first = world.person();
    await world.sweepAndLook();
    Tx.run((tx) => integration.pause(tx, world.bridge.clock.now()));
    world.bridge.clock.advance(waitsDays * DAY);
    if (laterDays === 0) secondOf(first);
    await world.sweepAndLook();
    Tx.run((tx) => integration.resume(tx));
    expect(await sweepAndSend()).toBe(1);
    world.bridge.clock.advance(laterDays * DAY);
    if (laterDays > 0) secondOf(first);
    expect(await sweepAndSend()).toBe(0);
    expect(world.bridge.counts()).toEqual({ invited: 1 });
  });

  it('gets another once the reuse days after the first are over', async () => {
    const first = world.person();
    expect(await sweepAndSend()).toBe(1);
    world.bridge.clock.advance(365 * DAY);
    secondOf(first);
    expect(await sweepAndSend()).toBe(1);
  });

  it('counts once for the brake', async () => {
    world.bridge.setBrake({ count: 3, minutes: 10 });
    for (const id of world.people(3)) secondOf(id);
    expect(await sweepAndSend()).toBe(3);
  });
});

it('two contacts with one e-mail: the second gets the existing link', async () => {
  const emails = ['same.person@example.com'];
  const first = world.person({ emails });
  expect(await sweepAndSend()).toBe(1);
  const second = world.person({ emails: ['Same.Person@example.com'] });
  expect(await sweepAndSend()).toBe(0);
  expect(world.decisionOn(second)).toBe('ignore already_invited');
  expect(linksOwed()).toEqual([first, second].sort());
});

describe('a rule that waits', () => {
  const DELAY = 30;
  let first: OpportunityId;
  let second: OpportunityId;

  beforeEach(async () => {
    const { rules } = world.bridge.app;
    const [rule] = rules.listActive();
    Tx.run((tx) => rules.update(tx, rule!.id, { ...rule!, delayMinutes: DELAY }, 0));
    first = world.person();
    world.bridge.clock.advance(MINUTE);
    const { contactId } = world.simulator.lever.opportunities.get(first);
    second = world.person({ contactId });
    expect(await sweepAndSend()).toBe(0);
    expect([first, second].map((id) => world.decisionOn(id))).toEqual([
      'hold delayed',
      'hold delayed',
    ]);
  });

  const lookAndSend = async (minutes: number): Promise<number> => {
    world.bridge.clock.advance(minutes * MINUTE);
    await world.look();
    return world.sendAll();
  };

  it('sends to the first when its time has come, with no sweep, and never to the second', async () => {
    expect(await lookAndSend(DELAY - 2)).toBe(1);
    expect(await lookAndSend(DELAY)).toBe(0);
    expect(world.bridge.invitationsInWords(first)).toEqual(['challenge-backend invited']);
    expect(world.decisionOn(second)).toBe('ignore already_invited');
  });

  it('sends to the second when the first was archived meanwhile', async () => {
    actions().archive(first, 'Withdrew');
    expect(await lookAndSend(DELAY)).toBe(1);
    expect(world.bridge.invitationsInWords(second)).toEqual(['challenge-backend invited']);
    expect(world.decisionOn(first)).toBe('ignore archived');
  });

  it('sends nothing to someone who left meanwhile', async () => {
    actions().moveMany([first, second], BEFORE);
    expect(await lookAndSend(DELAY)).toBe(0);
    expect(world.bridge.counts()).toEqual({});
  });

  it('waits again after coming back', async () => {
    actions().move(first, BEFORE);
    actions().archive(second, 'Withdrew');
    world.bridge.clock.advance(10 * MINUTE);
    actions().move(first, TAKE_HOME);
    await world.sweepAndLook();
    expect(await lookAndSend(DELAY - 5)).toBe(0);
    expect(await lookAndSend(5)).toBe(1);
  });
});

describe('one that was queued and is archived before sending', () => {
  it('leaves the challenge to the person’s second opportunity, and takes it back from neither', async () => {
    const first = world.person();
    const { contactId } = world.simulator.lever.opportunities.get(first);
    const second = world.person({ contactId });
    await world.sweepAndLook();
    const [queued] = [first, second].filter((id) => world.decisionOn(id) === 'invite');
    const waiting = queued === first ? second : first;
    expect(world.decisionOn(waiting)).toBe('ignore already_invited');
    actions().archive(queued!, 'Withdrew');
    expect([await sweepAndSend(), await sweepAndSend()]).toEqual([0, 1]);
    expect(world.bridge.invitationsInWords(waiting)).toEqual(['challenge-backend invited']);
  });
});
