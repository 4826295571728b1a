/** A visit is a stage change, archiving is not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readPeople,
  storeRules,
  type ExistingPeople,
} from '../../src/setup/rules/activate-rules.js';
import { findConnectionProblems } from '../../src/operate/problems/connection-problems.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import { backendRule, FRONTEND, frontendRule, MINUTE } from '../support/fictional-records.js';
import { BEFORE, SweptStore, TAKE_HOME } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
let world: SweptStore;
let number = 0;

const lever = () => world.simulator.lever;
const pass = (ms: number) => world.bridge.clock.advance(ms);
const frontend = { tag: frontendRule.tag, challengeId: FRONTEND, challengeName: 'Frontend' };

beforeEach(async () => {
  world = await SweptStore.open(folder, String(++number));
  world.addRule(frontend);
});

afterEach(() => world.close());

/** Comes to the stage by a recruiter’s move, an hour after the creation. */
function mover(tags: string[] = [backendRule.tag]): OpportunityId {
  const id = world.person({ stageId: BEFORE, tags });
  pass(60 * MINUTE);
  lever().actions.move(id, TAKE_HOME);
  return id;
}

const inStage = () => [...lever().opportunities.all.keys()] as OpportunityId[];

async function archiveAndBack(ids: readonly OpportunityId[]): Promise<void> {
  for (const happen of [
    (id: string) => lever().actions.archive(id, 'Withdrew'),
    (id: string) => lever().actions.unarchive(id),
  ]) {
    pass(10 * MINUTE);
    for (const id of ids) happen(id);
    await world.hint(ids);
    await settled();
  }
}

/** The daemon has done all that it can. */
async function settled(): Promise<void> {
  await world.look();
  await world.sweepAndLook();
  await world.sendAll();
}

const sent = () => world.bridge.invitationsInWords();
const retag = (id: OpportunityId, tag: string) => {
  lever().actions.removeTags(id, [backendRule.tag]);
  lever().actions.addTags(id, [tag]);
};

async function addRule(
  existing: ExistingPeople,
  overrides = {},
  meanwhile = (): unknown => undefined,
): Promise<void> {
  const { app } = world.bridge;
  const rule = { ...backendRule, stageId: world.stageId(), stageName: TAKE_HOME, ...overrides };
  const listed = app.rules.findByIdentity(rule.stageId, rule.tag) ? [] : [rule];
  const people = await readPeople(app, world.full.client(), listed, () => undefined);
  await meanwhile();
  await app.database.write((tx) =>
    storeRules(tx, app, [rule], people, { existing, isWholeSet: false }),
  );
}

async function forget(id: OpportunityId): Promise<void> {
  const { app } = world.bridge;
  const now = world.bridge.clock.now();
  await app.database.write((tx) => app.erasure.forget(tx, id, now, now));
}

const decisionsOn = (ids: OpportunityId[]) => ids.map((id) => world.decisionOn(id));

describe('archiving and un-archiving', () => {
  it('archiving and unarchiving twice is one visit', async () => {
    const [invited, retagged, held, forgotten] = [
      mover(),
      mover(),
      mover(['codesubmit:backnd']),
      mover(),
    ];
    await settled();
    await forget(forgotten);
    const before = sent();
    retag(retagged, frontendRule.tag);
    await archiveAndBack(inStage());
    await archiveAndBack(inStage());
    expect(sent()).toEqual(before);
    expect(world.bridge.counts()).toEqual({ invited: 3, held: 1 });
    expect(decisionsOn([invited, retagged, held, forgotten])).toEqual([
      'ignore already_invited',
      'ignore already_invited',
      'hold near_tag',
      'ignore anonymized',
    ]);
  });

  it('candidates from before the rule are left alone, rejected years ago or archived since', async () => {
    const tag = 'codesubmit:late';
    const [there, rejected] = [mover([tag]), mover([tag])];
    lever().actions.archive(rejected, 'Withdrew');
    await settled();
    pass(MINUTE);
    await addRule('leave', { tag });
    await archiveAndBack([there]);
    lever().actions.unarchive(rejected);
    await settled();
    expect(sent()).toEqual([]);
    expect(decisionsOn([there, rejected])).toEqual([
      'ignore before_activation',
      'ignore before_activation',
    ]);
    lever().actions.move(there, BEFORE);
    pass(MINUTE);
    lever().actions.move(there, TAKE_HOME);
    await settled();
    expect(sent()).toEqual(['challenge-backend invited']);
  });

  it('nobody from before the rule is on hold once taken back from the archive', async () => {
    const tag = 'codesubmit:late';
    const there = mover();
    await settled();
    lever().actions.move(there, BEFORE);
    await world.hint([there]);
    await settled();
    pass(MINUTE);
    lever().actions.move(there, TAKE_HOME);
    pass(MINUTE);
    await addRule('leave', { ...frontend, tag });
    pass(MINUTE);
    lever().actions.archive(there, 'Withdrew');
    retag(there, tag);
    lever().actions.unarchive(there);
    await settled();
    expect(decisionsOn([there])).toEqual(['ignore before_activation']);
  });

  it('candidates chosen although they came before are invited, archived in between or not', async () => {
    const tag = 'codesubmit:late';
    const [there, archived, rejected] = [mover([tag]), mover([tag]), mover([tag])];
    lever().actions.archive(rejected, 'Withdrew');
    pass(MINUTE);
    await addRule('invite', { tag });
    pass(MINUTE);
    lever().actions.archive(archived, 'Withdrew');
    lever().actions.unarchive(archived);
    lever().actions.unarchive(rejected);
    await settled();
    expect(decisionsOn([there, archived, rejected])).toEqual([
      'invite',
      'invite',
      'ignore before_activation',
    ]);
  });

  it('a move in the same second as the rule counts as after it, one before does not', async () => {
    const tag = 'codesubmit:late';
    const [early, late] = [mover([tag]), world.person({ stageId: BEFORE, tags: [tag] })];
    pass(2_345);
    await addRule('leave', { tag });
    lever().actions.move(late, TAKE_HOME);
    await settled();
    expect(decisionsOn([early, late])).toEqual(['ignore before_activation', 'invite']);
  });

  it('rejecting candidates doesn’t count as moves that a webhook missed', async () => {
    const { app } = world.bridge;
    Tx.run((tx) => app.settings.save(tx, { publicUrl: 'https://hooks.example.com' }));
    const people = [mover(), mover()];
    await settled();
    await app.database.write((tx) => {
      const now = world.bridge.clock.now();
      app.secrets.replace(tx, 'signing_token', '5eed'.repeat(12), now);
      app.integration.note(tx, { last_delivery_at: now });
      app.integration.bumpVersion(tx);
    });
    await archiveAndBack(people);
    for (const id of people) lever().actions.archive(id, 'Withdrew');
    await settled();
    pass(60 * MINUTE);
    expect(findConnectionProblems(app)).toEqual([]);
    for (const tags of [[backendRule.tag], [backendRule.tag]]) mover(tags);
    await settled();
    pass(60 * MINUTE);
    expect(findConnectionProblems(app)).toMatchObject([{ code: 'webhook_silent' }]);
  });
});

describe('a rule that another command removes while this one reads the stage', () => {
  const tag = 'codesubmit:late';
  const removal = () => {
    const { rules } = world.bridge.app;
    Tx.run((tx) => rules.remove(tx, rules.listActive().at(-1)!.id, world.bridge.clock.now()));
  };

  beforeEach(async () => {
    await addRule('leave', { tag });
    for (const tags of [[tag], [tag]]) mover(tags);
    pass(MINUTE);
  });

  it('is added again, and those who came while it applied go on', async () => {
    await addRule('leave', { tag }, removal);
    await settled();
    expect(sent()).toHaveLength(2);
  });

  it('can’t be added for those already there: the command says so and changes nothing', async () => {
    await expect(addRule('invite', { tag }, removal)).rejects.toMatchObject({ code: 'conflict' });
    await settled();
    expect(sent()).toEqual([]);
  });
});
