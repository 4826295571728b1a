/** Rules, by stage and tag; since when each applies, to which visits all the same, and approvals. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BridgeOnDisk } from '../support/bridge-on-disk.js';
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
import type { RuleRows } from '../../src/storage/state/rule-store.js';

const folder = temporaryFolder();
let bridge: BridgeOnDisk;
let rules: RuleRows;
let number = 0;

beforeEach(() => {
  bridge = new BridgeOnDisk(folder, String(++number));
  ({ rules } = bridge.house);
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

  it('stands where the admin put it', () => {
    const times = { now: NOW, activatedAt: 0 };
    const first = rules.insert({ ...backendRule, tag: 'b' }, { position: 2, ...times });
    const second = rules.insert({ ...backendRule, tag: 'a' }, { position: 1, ...times });
    expect(rules.listActive().map(({ id }) => id)).toEqual([second, first]);
    rules.update(first, { ...backendRule, tag: 'b' }, 0);
    expect(rules.listActive().map(({ id }) => id)).toEqual([first, second]);
  });

  it('that is removed is none, and the same one stored again is new', () => {
    const id = bridge.addRule();
    rules.approveAtActivation(id, [opportunityOf()]);
    rules.remove(id, NOW);
    expect(rules.listActive()).toEqual([]);
    expect(rules.approvedAtActivation(ADA, VISIT)).toEqual(new Set());
    const again = bridge.addRule({}, NOW);
    expect(again).not.toBe(id);
    expect(rules.listActive()[0]?.activatedAt).toBe(NOW);
  });

  it('whose challenge is unknown is known again once CodeSubmit lists it or it is changed', () => {
    const id = bridge.addRule();
    const isUnknown = () => rules.listActive()[0]?.isChallengeUnknown;
    rules.markChallengeUnknown(FRONTEND, NOW);
    expect(isUnknown()).toBe(false);
    rules.markChallengeUnknown(BACKEND, NOW);
    expect(isUnknown()).toBe(true);
    rules.markChallengeKnown(BACKEND, 'Backend, renamed');
    expect(rules.listActive()[0]).toMatchObject({
      isChallengeUnknown: false,
      challengeName: 'Backend, renamed',
    });
    rules.markChallengeUnknown(BACKEND, NOW);
    rules.update(id, { ...backendRule, challengeId: FRONTEND }, 0);
    expect(isUnknown()).toBe(false);
  });

  it('that was braked counts from when it is released', () => {
    const id = bridge.addRule();
    expect(rules.countFrom(id)).toBe(NOW);
    rules.engageBrake(id, NOW + 1);
    expect(rules.listActive()[0]?.isBraked).toBe(true);
    rules.releaseBrake(id, NOW + DAY);
    expect(rules.listActive()[0]?.isBraked).toBe(false);
    expect(rules.countFrom(id)).toBe(NOW + DAY);
  });
});

describe('a rule’s activation', () => {
  it('stays when its challenge or options change', () => {
    const id = bridge.addRule({}, VISIT);
    rules.approveAtActivation(id, [opportunityOf()]);
    rules.update(id, { ...backendRule, challengeId: FRONTEND, delayMinutes: 60 }, 0);
    expect(rules.listActive()[0]?.activatedAt).toBe(VISIT);
    expect(rules.approvedAtActivation(ADA, VISIT)).toEqual(new Set([id]));
  });

  it('approves visits, not people', () => {
    const id = bridge.addRule({}, NOW);
    rules.approveAtActivation(id, [opportunityOf(), opportunityOf({ id: GRACE, visitAt: 1 })]);
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

  it('is of that very visit, and again is nothing', () => {
    rules.approve(visit, 'brake', NOW);
    rules.approve(visit, 'brake', NOW + 1);
    const approval = { challengeId: BACKEND, reason: 'brake' };
    expect(rules.approvalsOf(ADA, CHALLENGE_STAGE, VISIT)).toEqual([approval]);
    expect(rules.approvalsOf(ADA, CHALLENGE_STAGE, VISIT + 1)).toEqual([]);
    expect(rules.approvalsOf(ADA, ONSITE_STAGE, VISIT)).toEqual([]);
    expect(rules.approvalsOf(ADA, null, VISIT)).toEqual([]);
    expect(rules.approvalsOf(GRACE, CHALLENGE_STAGE, VISIT)).toEqual([]);
  });

  it('for one reason leaves room for another', () => {
    rules.approve(visit, 'brake', NOW);
    rules.approve(visit, 'second_challenge', NOW);
    expect(rules.approvalsOf(ADA, CHALLENGE_STAGE, VISIT)).toHaveLength(2);
  });
});
