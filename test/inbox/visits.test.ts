/** A visit is a stage change, archiving is not; whom a rule finds there when it is added. */
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { planRules } from '../../src/admin/setup/rules.js';
import type { LeverReader } from '../../src/lever/lever-client.js';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BACKEND,
  BEFORE,
  FRONTEND,
  FRONTEND_RULE,
  History,
  HOUR,
  MINUTE,
  RULE,
  TAKE_HOME,
} from '../rigs/history.js';

const LATE = 'codesubmit:late';
const LATE_RULE = `stage=Take-home;tag=${LATE};challenge=General`;
let history: History;
beforeEach(async () => {
  history = await History.begin({ rules: [RULE, FRONTEND_RULE] });
});

const actions = () => history.lever.actions;
const decisionsOn = (...ids: string[]) => ids.map((id) => history.decisionOn(id));
const retag = (id: string, tag: string) => {
  actions().removeTags(id, [BACKEND]);
  actions().addTags(id, [tag]);
};

/** Comes to the stage by a recruiter’s move, an hour after the creation. */
async function mover(tag = BACKEND): Promise<string> {
  const id = history.creates({ tags: [tag] });
  await history.later(HOUR);
  await history.moves(id);
  return id;
}

async function archivesAndBack(...ids: string[]): Promise<void> {
  for (const id of ids) await history.archives(id);
  await history.later(10 * MINUTE);
  for (const id of ids) await history.unarchives(id);
  await history.checks();
}

it('archiving and unarchiving twice is one visit', async () => {
  const invited = await mover();
  const retagged = await mover();
  const held = await mover('codesubmit:backnd');
  const forgotten = await mover();
  await history.forget(forgotten);
  retag(retagged, FRONTEND);
  for (let times = 0; times < 2; times += 1) {
    await archivesAndBack(invited, retagged, held, forgotten);
  }
  expect(history.counts()).toEqual({ linked: 3, held: 1 });
  expect(decisionsOn(invited, retagged, held, forgotten)).toEqual([
    'ignore: already_invited',
    'ignore: already_invited',
    'hold: near_tag',
    'ignore: anonymized',
  ]);
});

describe('a rule that is added', () => {
  it('leaves alone who came before, rejected years ago or archived since', async () => {
    const [there, rejected] = [await mover(LATE), await mover(LATE)];
    actions().archive(rejected, 'Withdrew');
    await history.later(MINUTE);
    await history.addRule(LATE_RULE);
    await archivesAndBack(there);
    actions().unarchive(rejected);
    await history.checks();
    expect(decisionsOn(there, rejected)).toEqual([
      'ignore: before_activation',
      'ignore: before_activation',
    ]);
    await history.moves(there, BEFORE);
    await history.later(MINUTE);
    await history.moves(there);
    expect(history.sent()).toHaveLength(1);
  });

  it('holds nobody from before it who is taken back from the archive', async () => {
    const there = await mover();
    await history.moves(there, BEFORE);
    await history.later(MINUTE);
    actions().move(there, TAKE_HOME);
    await history.later(MINUTE);
    await history.addRule(LATE_RULE);
    actions().archive(there, 'Withdrew');
    retag(there, LATE);
    actions().unarchive(there);
    await history.checks();
    expect(decisionsOn(there)).toEqual(['ignore: before_activation']);
  });

  it('invites who is chosen although they came before, archived in between or not', async () => {
    const [there, archived, rejected] = [await mover(LATE), await mover(LATE), await mover(LATE)];
    actions().archive(rejected, 'Withdrew');
    await history.later(MINUTE);
    history.afterNext('GET', /\/stages/, () => {
      actions().archive(archived, 'Withdrew');
      actions().unarchive(archived);
    });
    await history.addRule(LATE_RULE, 'invite');
    actions().unarchive(rejected);
    await history.checks();
    expect(history.sent()).toHaveLength(2);
    expect(decisionsOn(there, archived, rejected)).toEqual([
      'ignore: already_invited',
      'ignore: already_invited',
      'ignore: before_activation',
    ]);
  });

  it('after `revoke` leaves alone who came under rules before it, replaced ones too', async () => {
    await history.addRule(`${LATE_RULE};delay=90`);
    const there = await mover(LATE);
    await history.later(MINUTE);
    await history.removeRule(LATE);
    await history.addRule(`${LATE_RULE};delay=90`);
    expect(decisionsOn(there)).toEqual(['hold: delayed']);
    await history.bridge.command((app) => revoke(app));
    expect(history.held()).toEqual({});
    await history.bridge.setUpAgain([LATE_RULE]);
    await history.checks();
    expect(decisionsOn(there)).toEqual(['ignore: before_activation']);
  });

  it('leaves alone who came before, though another stage had a rule of its tag then', async () => {
    await history.addRule(`stage=On-site;tag=${LATE};challenge=General`);
    const there = await mover(LATE);
    await history.later(MINUTE);
    await history.addRule(LATE_RULE);
    expect(decisionsOn(there)).toEqual(['ignore: before_activation']);
  });

  it('invites who is chosen in its stage, though another stage has a rule of its tag', async () => {
    const onSite = history.creates({ tags: [BACKEND] });
    await history.moves(onSite, 'On-site');
    await history.later(MINUTE);
    await history.addRule(`stage=On-site;tag=${BACKEND};challenge=General`, 'invite');
    const there = await mover();
    expect(history.invitations(onSite)).toEqual(['General linked']);
    expect(history.invitations(there)).toEqual(['Backend linked']);
  });

  it('may be added again for those who are there, when another command removed it meanwhile', async () => {
    await mover(LATE);
    await history.addRule(`${LATE_RULE};delay=90`, 'invite');
    await history.removeRule(LATE);
    await history.addRule(LATE_RULE, 'invite');
    await history.checks();
    expect(history.sent()).toHaveLength(1);
  });

  it('applies to who comes after it was stored, by Lever’s clock', async () => {
    history.lever.switches.clockOffsetMs = 2 * HOUR;
    const early = await mover(LATE);
    const late = history.creates({ tags: [LATE] });
    await history.later(6_345);
    await history.addRule(LATE_RULE);
    await history.moves(late);
    expect(decisionsOn(early, late)).toEqual(['ignore: before_activation', 'invite']);
  });

  it('and invites who is there applies from the first page of that list, where Lever tells no time', async () => {
    await history.bridge.command(async (app) => {
      const codesubmit = app.vendors.codesubmit();
      await revoke(app);
      const began = app.clock.now();
      const page = { opportunities: [], leverNow: null };
      const lever = {
        async *listStage() {
          yield await Promise.resolve(page);
          history.bridge.clock.advance(MINUTE);
          yield page;
        },
      } as unknown as LeverReader;
      const vendors = { lever, stages: [], codesubmit };
      const options = { isWholeSet: true, onProgress: () => undefined };
      const { people } = await planRules(app, undefined, vendors, options);
      expect(people.listedFrom).toBe(began);
    });
  });

  it('is added again where another command removed it meanwhile, and those who came while it applied go on', async () => {
    await history.addRule(`${LATE_RULE};delay=30`);
    const waiting = await mover(LATE);
    expect(history.held()).toEqual({ [waiting]: 'delayed' });
    await history.removeRule(LATE);
    await history.addRule(LATE_RULE);
    await history.passes(1);
    expect(history.sent()).toHaveLength(1);
  });
});

it('rejecting candidates doesn’t count as moves that a webhook missed', async () => {
  await history.bridge.set({ publicUrl: 'https://hooks.example.com' });
  const people = [await mover(), await mover()];
  await archivesAndBack(...people);
  for (const id of people) actions().archive(id, 'Withdrew');
  await history.checks();
  await history.later(HOUR);
  await history.checks();
  expect(history.problems()).toEqual([]);
  const missed = [history.creates(), history.creates()];
  await history.later(HOUR);
  for (const id of missed) actions().move(id, TAKE_HOME);
  await history.checks();
  await history.later(HOUR);
  await history.checks();
  expect(history.problems()).toContain('webhook_silent');
});
