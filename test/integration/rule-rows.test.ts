/** Rules by stage and tag; when each starts to apply, exceptions, and approvals. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig } from '../rigs/store.js';
import {
  ADA,
  BACKEND,
  CHALLENGE_STAGE,
  DAY,
  FRONTEND,
  GRACE,
  NOW,
  ONSITE_STAGE,
  VISIT,
  backendRule,
  opportunityOf,
} from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { storeRules } from '../../src/setup/rules/activate-rules.js';
import type { RuleStore } from '../../src/storage/state/rule-store.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let rules: RuleStore;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  ({ rules } = bridge.app);
});

afterEach(() => {
  bridge.close();
});

describe('a rule', () => {
  it('comes back as it was stored', () => {
    const options = { dueDays: 7, timeLimitMinutes: 90, delayMinutes: 5, reuseDays: 30 };
    const id = bridge.addRule(options, VISIT);
    expect(rules.listActive()).toEqual([{ ...backendRule, ...options, id, activatedAt: VISIT }]);
  });

  it('is found by its stage and tag, without case and outer spaces', () => {
    const id = bridge.addRule();
    expect(rules.findByIdentity(CHALLENGE_STAGE, ' CodeSubmit:BACKEND ')?.id).toBe(id);
    expect(rules.findByIdentity(ONSITE_STAGE, 'codesubmit:backend')).toBeUndefined();
    expect(rules.findByIdentity(CHALLENGE_STAGE, 'codesubmit:frontend')).toBeUndefined();
  });

  it('is where the admin put it', () => {
    const times = { now: NOW, activatedAt: 0 };
    const first = Tx.run((tx) =>
      rules.insert(tx, { ...backendRule, tag: 'b' }, { position: 2, ...times }),
    );
    const second = Tx.run((tx) =>
      rules.insert(tx, { ...backendRule, tag: 'a' }, { position: 1, ...times }),
    );
    expect(rules.listActive().map(({ id }) => id)).toEqual([second, first]);
    Tx.run((tx) => rules.update(tx, first, { ...backendRule, tag: 'b' }, 0));
    expect(rules.listActive().map(({ id }) => id)).toEqual([first, second]);
  });

  it('that is changed comes after all others, also where some were removed or changed before', () => {
    for (const tag of ['a', 'b']) bridge.addRule({ tag });
    const last = bridge.addRule({ tag: 'c' });
    Tx.run((tx) => rules.remove(tx, last, NOW));
    const alone = { existing: 'leave', isWholeSet: false } as const;
    const nobody = { since: NOW, inStage: new Map() };
    for (const tag of ['b', 'a']) {
      Tx.run((tx) => storeRules(tx, bridge.app, [{ ...backendRule, tag }], nobody, alone));
    }
    expect(rules.listActive().map(({ tag }) => tag)).toEqual(['b', 'a']);
  });

  it('that is removed is gone, and one of the same stage and tag continues its work', () => {
    const id = bridge.addRule({}, VISIT - DAY);
    Tx.run((tx) => rules.approveAtActivation(tx, id, [opportunityOf()]));
    Tx.run((tx) => rules.remove(tx, id, NOW));
    expect(rules.listActive()).toEqual([]);
    bridge.clock.advance(DAY);
    const again = bridge.addRule({ tag: ' CodeSubmit:Backend' }, NOW + 4 * DAY);
    expect(again).not.toBe(id);
    expect(rules.approvedAtActivation(ADA, VISIT)).toEqual(new Set([again]));
    const first = { from: VISIT - DAY, until: NOW + 3 * DAY };
    expect(rules.listActive()).toMatchObject([{ activatedAt: NOW + 4 * DAY, formerly: [first] }]);
    bridge.addRule({ stageId: ONSITE_STAGE }, NOW);
    expect(rules.listActive()[1]?.formerly).toEqual([]);
  });

  it('after a revoke is continued by none', () => {
    const id = bridge.addRule({}, VISIT - DAY);
    Tx.run((tx) => rules.approveAtActivation(tx, id, [opportunityOf()]));
    Tx.run((tx) => rules.removeAll(tx, NOW));
    bridge.addRule({}, NOW);
    expect(rules.listActive()).toMatchObject([{ activatedAt: NOW, formerly: [] }]);
    expect(rules.approvedAtActivation(ADA, VISIT)).toEqual(new Set());
  });

  it('whose challenge is unknown is known again once CodeSubmit lists it or it is changed', () => {
    const id = bridge.addRule();
    const isUnknown = () => rules.listActive()[0]?.isChallengeUnknown;
    Tx.run((tx) => rules.markChallengeUnknown(tx, FRONTEND, NOW));
    expect(isUnknown()).toBe(false);
    Tx.run((tx) => rules.markChallengeUnknown(tx, BACKEND, NOW));
    expect(isUnknown()).toBe(true);
    Tx.run((tx) => rules.markChallengeKnown(tx, BACKEND, 'Backend, renamed'));
    expect(rules.listActive()[0]).toMatchObject({
      isChallengeUnknown: false,
      challengeName: 'Backend, renamed',
    });
    Tx.run((tx) => rules.markChallengeUnknown(tx, BACKEND, NOW));
    Tx.run((tx) => rules.update(tx, id, { ...backendRule, challengeId: FRONTEND }, 0));
    expect(isUnknown()).toBe(false);
  });

  it('that was braked counts from when it is released', () => {
    const id = bridge.addRule();
    expect(rules.countFrom(id)).toBe(NOW);
    Tx.run((tx) => rules.engageBrake(tx, id, NOW + 1));
    expect(rules.listActive()[0]?.isBraked).toBe(true);
    Tx.run((tx) => rules.releaseBrake(tx, id, NOW + DAY));
    expect(rules.listActive()[0]?.isBraked).toBe(false);
    expect(rules.countFrom(id)).toBe(NOW + DAY);
  });
});

describe('a rule’s activation', () => {
  it('stays when its challenge or options change', () => {
    const id = bridge.addRule({}, VISIT);
    Tx.run((tx) => rules.approveAtActivation(tx, id, [opportunityOf()]));
    Tx.run((tx) =>
      rules.update(tx, id, { ...backendRule, challengeId: FRONTEND, delayMinutes: 60 }, 0),
    );
    expect(rules.listActive()[0]?.activatedAt).toBe(VISIT);
    expect(rules.approvedAtActivation(ADA, VISIT)).toEqual(new Set([id]));
  });

  it('approves visits, not people', () => {
    const id = bridge.addRule({}, NOW);
    Tx.run((tx) =>
      rules.approveAtActivation(tx, id, [
        opportunityOf(),
        opportunityOf({ id: GRACE, visitAt: 1 }),
      ]),
    );
    expect(rules.approvedAtActivation(ADA, VISIT)).toEqual(new Set([id]));
    expect(rules.approvedAtActivation(ADA, VISIT + 1)).toEqual(new Set());
    expect(rules.approvedAtActivation(GRACE, VISIT)).toEqual(new Set());
  });
});

describe('an approval', () => {
  const visit = {
    opportunityId: ADA,
    visitAt: VISIT,
    stageId: CHALLENGE_STAGE,
    challengeId: BACKEND,
  };

  it('concerns only that visit, and repeating it does nothing', () => {
    Tx.run((tx) => rules.approve(tx, visit, 'brake', NOW));
    Tx.run((tx) => rules.approve(tx, visit, 'brake', NOW + 1));
    const approval = { challengeId: BACKEND, reason: 'brake' };
    expect(rules.approvalsOf(ADA, CHALLENGE_STAGE, VISIT)).toEqual([approval]);
    expect(rules.approvalsOf(ADA, CHALLENGE_STAGE, VISIT + 1)).toEqual([]);
    expect(rules.approvalsOf(ADA, ONSITE_STAGE, VISIT)).toEqual([]);
    expect(rules.approvalsOf(ADA, null, VISIT)).toEqual([]);
    expect(rules.approvalsOf(GRACE, CHALLENGE_STAGE, VISIT)).toEqual([]);
  });

  it('for one reason leaves room for another', () => {
    Tx.run((tx) => rules.approve(tx, visit, 'brake', NOW));
    Tx.run((tx) => rules.approve(tx, visit, 'second_challenge', NOW));
    expect(rules.approvalsOf(ADA, CHALLENGE_STAGE, VISIT)).toHaveLength(2);
  });
});
