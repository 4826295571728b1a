/**
 * Something was missing when a candidate came and appears later: the next sweep notices it once.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityId } from '../../src/domain/ids.js';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import { MINUTE } from '../support/fictional-records.js';
import { BEFORE, SweptStore, TAKE_HOME } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const TAG = 'codesubmit:backend';
const HOUR = 60 * MINUTE;
const FRONTEND = 'codesubmit:frontend';
let world: SweptStore;
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
});

afterEach(() => world.close());

const actions = () => world.simulator.lever.actions;
const contacts = () => world.simulator.lever.contacts;

async function sweepLater(): Promise<number> {
  world.bridge.clock.advance(5 * MINUTE);
  await world.sweepAndLook();
  return world.sendAll();
}

/** One sweep sends it, and later ones send nothing more. */
async function expectCuredOnce(id: OpportunityId): Promise<void> {
  expect(await sweepLater()).toBe(1);
  expect(world.bridge.invitationsInWords(id)).toContain('challenge-backend invited');
  expect([await sweepLater(), await sweepLater()]).toEqual([0, 0]);
}

interface LateFact {
  lacks: string;
  as: Partial<OpportunityInput>;
  before?: string;
  cure: (id: OpportunityId) => unknown;
}

describe('a fact that comes late', () => {
  it.each<LateFact>([
    {
      lacks: 'the tag',
      as: { tags: [] },
      before: 'ignore no_tag',
      cure: (id) => actions().addTags(id, [TAG]),
    },
    {
      lacks: 'a corrected tag',
      as: { tags: ['codesubmit backend'] },
      before: 'hold near_tag',
      cure: (id) => actions().addTags(id, [TAG]),
    },
    {
      lacks: 'an e-mail',
      as: { emails: [] },
      before: 'hold no_email',
      cure: (id) => contacts().setEmails(id, ['late@example.com']),
    },
    {
      lacks: 'a valid e-mail',
      as: { emails: ['at example.com'] },
      before: 'hold no_email',
      cure: (id) => contacts().setEmails(id, ['at example.com', 'late@example.com']),
    },
    {
      lacks: 'a name',
      as: { name: '' },
      before: 'hold no_name',
      cure: (id) => contacts().rename(id, 'Late Fictional'),
    },
    {
      lacks: 'consent',
      as: { isContactAllowed: false },
      before: 'ignore contact_not_allowed',
      cure: (id) => contacts().setContactAllowed(id, true),
    },
    { lacks: 'being there', as: { stageId: BEFORE }, cure: (id) => actions().move(id, TAKE_HOME) },
  ])('$lacks', async ({ as, before, cure }) => {
    const id = world.person(as);
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe(before);
    cure(id);
    await expectCuredOnce(id);
  });

  it('a tag of the posting', async () => {
    const { postings } = world.simulator.lever;
    const posting = postings.add({ text: 'Engineer' });
    const id = world.person({ tags: [], postingId: posting.id });
    expect(await sweepLater()).toBe(0);
    postings.setTags(posting.id, [TAG]);
    await expectCuredOnce(id);
  });

  it('one tag in place of two', async () => {
    const frontend = { tag: FRONTEND, challengeId: 'challenge-frontend' as never };
    world.addRule({ ...frontend, challengeName: 'Frontend' });
    const id = world.person({ tags: [TAG, FRONTEND] });
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe('hold ambiguous_tags');
    actions().removeTags(id, [FRONTEND]);
    await expectCuredOnce(id);
  });

  it('a tag of the posting that makes two of one, which no remembered posting hides', async () => {
    const frontend = { tag: FRONTEND, challengeId: 'challenge-frontend' as never };
    world.addRule({ ...frontend, challengeName: 'Frontend' });
    const { postings } = world.simulator.lever;
    const posting = postings.add({ text: 'Engineer', tags: [FRONTEND] });
    const id = world.person({ tags: [TAG], postingId: posting.id, emails: [] });
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe('hold no_email');
    postings.setTags(posting.id, [FRONTEND, TAG]);
    contacts().setEmails(id, ['ada@example.com']);
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe('hold ambiguous_tags');
    postings.setTags(posting.id, [FRONTEND]);
    world.bridge.clock.advance(HOUR);
    await expectCuredOnce(id);
  });

  it.each(['404', '403'] as const)('permission to see a confidential one (%s)', async (status) => {
    world.simulator.lever.switches.confidentialRefusal = status === '404' ? 404 : 403;
    world.mayReadConfidential = false;
    const id = world.person({ confidential: true });
    await world.hint([id]);
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe('ignore no_access');
    world.mayReadConfidential = true;
    await expectCuredOnce(id);
  });

  it('being made public', async () => {
    world.mayReadConfidential = false;
    const id = world.person({ confidential: true });
    expect(await sweepLater()).toBe(0);
    actions().setConfidential(id, false);
    await expectCuredOnce(id);
  });

  it('the rule', async () => {
    const [rule] = world.bridge.app.rules.listActive();
    Tx.run((tx) => world.bridge.app.rules.remove(tx, rule!.id, world.bridge.clock.now()));
    const id = world.person();
    expect(await sweepLater()).toBe(0);
    world.addRule();
    await expectCuredOnce(id);
  });

  it('the challenge, which CodeSubmit has again', async () => {
    const { rules } = world.bridge.app;
    const [rule] = rules.listActive();
    Tx.run((tx) => rules.markChallengeUnknown(tx, rule!.challengeId, world.bridge.clock.now()));
    const id = world.person();
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe('hold unknown_challenge');
    Tx.run((tx) => rules.markChallengeKnown(tx, rule!.challengeId, 'Backend, renamed'));
    await expectCuredOnce(id);
    expect(world.bridge.invitations()[0]?.challenge_name).toBe('Backend, renamed');
  });

  it('the end of a pause', async () => {
    const { integration } = world.bridge.app;
    Tx.run((tx) => integration.pause(tx, world.bridge.clock.now()));
    const id = world.person();
    expect(await sweepLater()).toBe(0);
    expect(world.decisionOn(id)).toBe('hold paused');
    Tx.run((tx) => integration.resume(tx));
    await expectCuredOnce(id);
  });

  it('being un-archived', async () => {
    const id = world.person();
    actions().archive(id, 'Withdrew');
    expect(await sweepLater()).toBe(0);
    actions().unarchive(id);
    await expectCuredOnce(id);
  });
});

describe('one that was cancelled before it was sent', () => {
  it.each<[string, (id: OpportunityId) => unknown, (id: OpportunityId) => unknown]>([
    [
      'archived, and is un-archived',
      (id) => actions().archive(id, 'Withdrew'),
      (id) => actions().unarchive(id),
    ],
    [
      'moved away, and comes back',
      (id) => actions().move(id, BEFORE),
      (id) => actions().move(id, TAKE_HOME),
    ],
    [
      'untagged, and tagged again',
      (id) => actions().removeTags(id, [TAG]),
      (id) => actions().addTags(id, [TAG]),
    ],
  ])('because of being %s', async (_what, undo, redo) => {
    const id = world.person();
    await world.sweepAndLook();
    undo(id);
    expect(await sweepLater()).toBe(0);
    expect(world.bridge.invitationsInWords(id).join()).toContain('cancelled');
    redo(id);
    await expectCuredOnce(id);
  });
});

describe('one that failed', () => {
  let id: OpportunityId;

  beforeEach(async () => {
    id = world.person();
    await world.sweepAndLook();
    const [claimed] = await world.bridge.claimDue();
    const { sendOutcomes } = world.bridge.app;
    await sendOutcomes.settleFailed(claimed!, 'person_refused', '422', world.bridge.clock.now());
  });

  it('stays so while nothing that was rejected has changed', async () => {
    actions().addTags(id, ['Another']);
    expect([await sweepLater(), await sweepLater()]).toEqual([0, 0]);
    expect(world.bridge.invitationsInWords(id)).toEqual([
      'challenge-backend failed person_refused',
    ]);
  });

  it('is sent with another e-mail', async () => {
    contacts().setEmails(id, ['corrected@example.com']);
    await expectCuredOnce(id);
  });

  it('is sent with an e-mail that is added after the rejected one', async () => {
    const { emails } = world.simulator.lever.opportunities.sight(id, 0).contact;
    contacts().setEmails(id, [...emails, 'corrected@example.com']);
    await expectCuredOnce(id);
  });

  it('is sent with another name', async () => {
    contacts().rename(id, 'Corrected Fictional');
    await expectCuredOnce(id);
  });
});
