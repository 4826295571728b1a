/** The brake: too many at once are all on hold, until an admin approves. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig } from '../rigs/store.js';
import {
  BACKEND,
  CHALLENGE_STAGE,
  MINUTE,
  ONSITE_STAGE,
  VISIT,
} from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { ContactId, OpportunityId, RuleId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const LIMIT = { count: 3, minutes: 10 };
let bridge: StoreRig;
let ruleId: RuleId;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  ruleId = bridge.addRule();
  bridge.setBrake(LIMIT);
});

afterEach(() => {
  bridge.close();
});

/** The nth candidate, each another person. */
function person(n: number, overrides: Partial<Opportunity> = {}): Partial<Opportunity> {
  return {
    id: `opportunity-${String(n)}` as OpportunityId,
    contactId: `contact-${String(n)}` as ContactId,
    emails: [`person-${String(n)}@example.com`],
    ...overrides,
  };
}

const people = (count: number, from = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

async function lookAtAll(numbers: number[]): Promise<string[]> {
  const decisions: string[] = [];
  for (const n of numbers) decisions.push(await bridge.lookInWords(person(n)));
  return decisions;
}

const isBraked = () => bridge.app.rules.listActive().some((rule) => rule.isBraked);

function approve(n: number): void {
  const { id } = bridge.readOf(person(n));
  const visit = { opportunityId: id, visitAt: VISIT, stageId: CHALLENGE_STAGE };
  Tx.run((tx) =>
    bridge.app.rules.approve(tx, { ...visit, challengeId: BACKEND }, 'brake', bridge.clock.now()),
  );
}

describe('within the window', () => {
  it('a count that begins in the future was set by a wrong clock, and counts the window', async () => {
    Tx.run((tx) => bridge.app.rules.releaseBrake(tx, ruleId, bridge.clock.now() + 60 * MINUTE));
    await lookAtAll(people(4));
    expect(isBraked()).toBe(true);
    expect(bridge.counts()).toEqual({ cancelled: 3, held: 4 });
  });

  it('N go', async () => {
    expect(await lookAtAll(people(3))).toEqual(['invite', 'invite', 'invite']);
    expect(isBraked()).toBe(false);
  });

  it('the N+1st holds all unsent ones, itself included, and stays on', async () => {
    expect(await lookAtAll(people(4))).toEqual(['invite', 'invite', 'invite', 'hold brake']);
    expect(isBraked()).toBe(true);
    expect(bridge.counts()).toEqual({ cancelled: 3, held: 4 });
    expect(bridge.invitations().map(({ reason }) => reason)).toEqual(['brake', 'brake', 'brake']);
    expect(await bridge.claimDue()).toEqual([]);
  });

  it('those already sent count and stay', async () => {
    await lookAtAll(people(2));
    await bridge.sendDue();
    expect(await lookAtAll(people(2, 3))).toEqual(['invite', 'hold brake']);
    expect(bridge.counts()).toEqual({ invited: 2, cancelled: 1, held: 2 });
  });

  it('those that left it don’t count', async () => {
    await lookAtAll(people(3));
    await bridge.sendDue();
    bridge.clock.advance(LIMIT.minutes * MINUTE + 1);
    expect(await lookAtAll(people(3, 4))).toEqual(['invite', 'invite', 'invite']);
  });

  it('looking again at a queued one counts it once', async () => {
    await lookAtAll(people(3));
    expect(await lookAtAll([1, 2, 3, 1, 2, 3])).toEqual(Array(6).fill('invite'));
  });

  it('cancelled ones don’t count', async () => {
    await lookAtAll(people(3));
    await bridge.look(person(1, { isArchived: true }));
    expect(await lookAtAll([4])).toEqual(['invite']);
  });

  it('each rule has its own', async () => {
    bridge.addRule({ stageId: ONSITE_STAGE, challengeId: 'other' as typeof BACKEND });
    await lookAtAll(people(3));
    for (const n of people(3, 4)) {
      expect(await bridge.lookInWords(person(n, { stageId: ONSITE_STAGE }))).toBe('invite');
    }
    expect(await lookAtAll([7])).toEqual(['hold brake']);
    expect(bridge.counts()).toEqual({ queued: 3, cancelled: 3, held: 4 });
  });

  it('off, it holds no one', async () => {
    bridge.setBrake(null);
    expect(await lookAtAll(people(20))).toEqual(Array(20).fill('invite'));
  });
});

describe('what one sweep finds', () => {
  const sweep = async (numbers: number[]) => {
    const reads = numbers.map((n) => bridge.readOf(person(n)));
    const braked = await bridge.app.decider.brakeTogether(reads);
    const mayUse = (): boolean => true;
    await bridge.app.decider.decideTogether(reads, mayUse, () => undefined);
    return braked;
  };

  it('counts together: none of too many is sent', async () => {
    expect(await sweep(people(4))).toEqual([ruleId]);
    expect(bridge.counts()).toEqual({ held: 4 });
  });

  it('counts with those sent before within the window', async () => {
    await lookAtAll(people(2));
    await bridge.sendDue();
    expect(await sweep(people(2, 3))).toEqual([ruleId]);
    expect(bridge.counts()).toEqual({ invited: 2, held: 2 });
  });

  it('that is not too many is sent', async () => {
    expect(await sweep(people(3))).toEqual([]);
    expect(await sweep(people(3))).toEqual([]);
    expect(bridge.counts()).toEqual({ queued: 3 });
  });

  it('never releases those on hold', async () => {
    await sweep(people(4));
    bridge.clock.advance(60 * MINUTE);
    await sweep(people(4));
    expect(await sweep(people(1))).toEqual([]);
    expect(bridge.counts()).toEqual({ held: 4 });
    expect(isBraked()).toBe(true);
  });

  it('within one batch the N+1st holds the rest of it, too', async () => {
    const reads = people(6).map((n) => bridge.readOf(person(n)));
    const mayUse = (): boolean => true;
    await bridge.app.decider.decideTogether(reads, mayUse, () => undefined);
    expect(bridge.counts()).toEqual({ cancelled: 3, held: 6 });
    expect(await bridge.claimDue()).toEqual([]);
  });

  it('within one batch those who come after the release are not held', async () => {
    await lookAtAll(people(4));
    bridge.clock.advance(60 * MINUTE);
    const gone = people(4).map((n) => bridge.readOf(person(n, { isArchived: true })));
    const reads = [...gone, bridge.readOf(person(5))];
    const mayUse = (): boolean => true;
    await bridge.app.decider.decideTogether(reads, mayUse, () => undefined);
    expect(bridge.counts()).toEqual({ cancelled: 3, queued: 1 });
  });

  it('does not count failed ones that would not be sent', async () => {
    for (const n of people(4)) {
      await bridge.look(person(n));
      const [claimed] = await bridge.claimDue();
      if (!claimed) throw new Error('nothing is due');
      const { sendOutcomes } = bridge.app;
      await sendOutcomes.settleFailed(claimed, 'person_refused', '422', bridge.clock.now());
    }
    expect(await sweep(people(4))).toEqual([]);
    expect(await lookAtAll(people(4))).toEqual(Array(4).fill('invite'));
    expect(bridge.counts()).toEqual({ failed: 4 });
  });

  it('counts two opportunities of one person as one', async () => {
    const one = { contactId: 'contact-1' as ContactId, emails: ['person-1@example.com'] };
    const reads = people(5).map((n) => bridge.readOf(n > 3 ? person(n, one) : person(n)));
    expect(await bridge.app.decider.brakeTogether(reads)).toEqual([]);
  });

  it('does not count approved ones', async () => {
    for (const n of people(4)) approve(n);
    expect(await sweep(people(7))).toEqual([]);
    expect(bridge.counts()).toEqual({ queued: 7 });
  });
});

it('after the release earlier ones no longer count', async () => {
  await lookAtAll(people(2));
  await bridge.sendDue();
  expect(await lookAtAll([3, 4])).toEqual(['invite', 'hold brake']);
  bridge.clock.advance(1_000);
  approve(3);
  approve(4);
  expect(await lookAtAll([3, 4])).toEqual(['invite', 'invite']);
  expect(await lookAtAll(people(3, 5))).toEqual(['invite', 'invite', 'invite']);
  expect(await lookAtAll([8])).toEqual(['hold brake']);
});

describe('approving', () => {
  beforeEach(async () => {
    await lookAtAll(people(5));
    expect(bridge.counts()).toEqual({ cancelled: 3, held: 5 });
  });

  it('releases each that was approved, and stays on while one is held', async () => {
    for (const n of people(4)) approve(n);
    expect(await lookAtAll(people(5))).toEqual([...Array<string>(4).fill('invite'), 'hold brake']);
    expect(isBraked()).toBe(true);
    expect(await bridge.sendDue()).toBe(4);
    expect(await lookAtAll([6])).toEqual(['hold brake']);
  });

  it('the last one ends it, and the count begins at zero', async () => {
    for (const n of people(5)) approve(n);
    await lookAtAll(people(5));
    expect(isBraked()).toBe(false);
    expect(await bridge.sendDue()).toBe(5);
    bridge.clock.advance(1);
    expect(await lookAtAll(people(3, 6))).toEqual(['invite', 'invite', 'invite']);
    expect(await lookAtAll([9])).toEqual(['hold brake']);
  });

  it('approved ones don’t count, before or after they are sent', async () => {
    for (const n of people(5)) approve(n);
    await lookAtAll(people(5));
    expect(bridge.app.invitations.countForBrake(ruleId, 0)).toBe(0);
    await bridge.sendDue();
    expect(bridge.app.invitations.countForBrake(ruleId, 0)).toBe(0);
  });

  it('those that leave the stage are no longer held; the last one ends the brake', async () => {
    for (const n of people(5)) {
      expect(isBraked()).toBe(true);
      await bridge.look(person(n, { isArchived: true }));
    }
    expect(isBraked()).toBe(false);
    expect(bridge.counts()).toEqual({ cancelled: 3 });
  });

  it('concerns only that visit', async () => {
    approve(1);
    const later = person(1, { visitAt: VISIT + MINUTE });
    expect(await bridge.lookInWords(later)).toBe('hold brake');
  });
});

it('a candidate approved while queued is not held when the brake comes', async () => {
  approve(1);
  expect(await lookAtAll(people(5))).toEqual([...Array<string>(4).fill('invite'), 'hold brake']);
  expect(bridge.counts()).toEqual({ queued: 1, cancelled: 3, held: 4 });
});
