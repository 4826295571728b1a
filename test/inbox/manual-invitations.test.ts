/** Challenges requested by an admin: what a new look, rules, brake and “once” make of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Challenge } from '../../src/domain/codesubmit-port.js';
import type { InvitationId, RuleId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { retry } from '../../src/operate/actions/admin-actions.js';
import { forget, planForget } from '../../src/operate/actions/forget.js';
import { queueSend } from '../../src/operate/actions/send.js';
import { Retention } from '../../src/pipeline/erasure/retention.js';
import type { NewHandOrder } from '../../src/pipeline/invitations/promise-invitations.js';
import { StoreRig } from '../rigs/store.js';
import {
  ADA,
  BACKEND,
  DAY,
  FRONTEND,
  GRACE,
  MINUTE,
  OTHER_STAGE,
  opportunityOf,
  CONTACT_REFUSED,
} from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const backend: Challenge = { id: BACKEND, name: 'Backend' };
const frontend: Challenge = { id: FRONTEND, name: 'Frontend' };
let bridge: StoreRig;
let rule: RuleId;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, `by-hand-${String(++number)}`);
  rule = bridge.addRule();
});

afterEach(() => {
  bridge.close();
});

function orderOf(
  overrides: Partial<Opportunity> = {},
  more: Partial<NewHandOrder> = {},
): NewHandOrder {
  const opportunity = opportunityOf(overrides);
  return {
    opportunity,
    challenge: frontend,
    recipient: { email: opportunity.emails[0] ?? '', firstName: 'Ada', lastName: 'Example' },
    ruleId: null,
    dueDays: null,
    timeLimitMinutes: null,
    reuseMs: 365 * DAY,
    isAgain: false,
    ...more,
  };
}

function ask(...wanted: Parameters<typeof orderOf>): Promise<InvitationId> {
  const order = orderOf(...wanted);
  const { database, promises } = bridge.app;
  return database.write((tx) =>
    promises.queueManual(tx, order, { now: bridge.clock.now(), promisedAt: bridge.clock.now() }),
  );
}

describe('a requested challenge', () => {
  it('is sent only after a new look, to the address that Lever shows then', async () => {
    await ask({ tags: [] });
    expect(await bridge.claimDue()).toEqual([]);
    expect(bridge.app.invitations.awaitingDecision(10)).toEqual([ADA]);
    await bridge.look({ tags: [], emails: ['new@example.com'] });
    const [claimed] = await bridge.claimDue();
    expect(claimed?.order).toMatchObject({ challengeId: FRONTEND, email: 'new@example.com' });
  });

  it('is looked at at once, even if a delay was to end first, but not if a failure was', async () => {
    const { database, inbox } = bridge.app;
    const now = bridge.clock.now();
    Tx.run((tx) => inbox.ensure(tx, ADA, now + 30 * MINUTE));
    await ask({ tags: [] });
    await database.write((tx) => inbox.ensureAwaiting(tx, now));
    const [look] = inbox.findDue(now, 10);
    expect(look?.opportunityId).toBe(ADA);
    const failure = { rereads: 0, attempts: 1, error: 'ECONNRESET' };
    await database.write((tx) => inbox.postpone(tx, look!, now + MINUTE, failure));
    await database.write((tx) => inbox.ensureAwaiting(tx, now));
    expect(inbox.findDue(now, 10)).toEqual([]);
  });

  it('of a forgotten candidate is kept until the new look', async () => {
    await bridge.look();
    await forget(bridge.app, planForget(bridge.app, ADA));
    expect(await bridge.lookInWords()).toBe('ignore anonymized');
    await queueSend(bridge.app, orderOf());
    await new Retention(bridge.app).run();
    await bridge.look({ tags: [] });
    const [claimed] = await bridge.claimDue();
    expect(claimed?.order.challengeId).toBe(FRONTEND);
  });

  it.each<[string, Partial<Opportunity>]>([
    ['archived', { isArchived: true }],
    ['anonymized', { isAnonymized: true }],
    ['contact_not_allowed', { consent: CONTACT_REFUSED }],
    ['left_stage', { stageId: OTHER_STAGE }],
    ['no_email', { emails: [] }],
    ['no_name', { name: '' }],
  ])('is cancelled as %s when that came in between', async (reason, overrides) => {
    await ask({ tags: [] });
    await bridge.look({ tags: [], ...overrides });
    expect(bridge.invitationsInWords()).toEqual([`challenge-frontend cancelled ${reason}`]);
    expect(await bridge.claimDue()).toEqual([]);
  });

  it.each([
    ['deleted', { kind: 'deleted' as const }],
    ['no_access', { kind: 'not_found' as const }],
  ])('is cancelled as %s when Lever hides the candidate', async (reason, sighting) => {
    await ask();
    await bridge.look({}, { sighting });
    expect(bridge.invitationsInWords()).toEqual([`challenge-frontend cancelled ${reason}`]);
  });

  it('is not cancelled by a rule, and a rule adds nothing to it in the same visit', async () => {
    await ask();
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
    expect(await bridge.lookInWords({ tags: [] })).toBe('ignore already_invited');
    expect(bridge.invitationsInWords()).toEqual(['challenge-frontend queued']);
    await bridge.look();
    expect(await bridge.sendDue()).toBe(1);
  });

  it('for the rule’s challenge is what the rule would have sent: one', async () => {
    await ask({}, { challenge: backend });
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
    expect(await bridge.sendDue()).toBe(1);
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend invited']);
  });

  it('in a stage that the candidate left is the rule’s, as if nobody had requested it', async () => {
    await ask({ stageId: OTHER_STAGE }, { challenge: backend });
    bridge.clock.advance(DAY);
    expect(await bridge.lookInWords()).toBe('invite');
    const promised_at = bridge.clock.now();
    expect(bridge.invitations()).toMatchObject([{ state: 'queued', is_by_hand: 0, promised_at }]);
  });

  it('in a stage that the candidate left is counted by the brake when the rule sends it', async () => {
    bridge.setBrake({ count: 1, minutes: 10 });
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    await ask({ stageId: OTHER_STAGE }, { challenge: backend });
    expect(await bridge.lookInWords()).toBe('hold brake');
    expect(bridge.invitationsInWords(ADA)).toEqual(['challenge-backend cancelled left_stage']);
  });

  it('is neither counted nor held by the brake', async () => {
    bridge.setBrake({ count: 1, minutes: 10 });
    await ask({}, { challenge: backend, ruleId: rule });
    await bridge.look();
    const other = { contactId: null, emails: ['grace@example.com'] };
    expect(await bridge.lookInWords({ id: GRACE, ...other })).toBe('invite');
    expect(await bridge.claimDue()).toHaveLength(2);
  });

  it('stays queued when the brake holds the rule’s own', async () => {
    bridge.setBrake({ count: 1, minutes: 10 });
    await bridge.look({ tags: ['codesubmit:backend'] });
    const grace = { id: GRACE, contactId: null, emails: ['grace@example.com'] };
    await ask(grace, { ruleId: rule });
    await bridge.look(grace);
    const third = { contactId: null, emails: ['third@example.com'] };
    expect(await bridge.lookInWords({ id: 'third' as typeof ADA, ...third })).toBe('hold brake');
    expect(bridge.invitationsInWords()).toEqual([
      'challenge-backend cancelled brake',
      'challenge-frontend queued',
    ]);
  });

  it('waits while paused', async () => {
    Tx.run((tx) => bridge.app.integration.pause(tx, bridge.clock.now()));
    await ask();
    await bridge.look();
    expect(await bridge.claimDue()).toEqual([]);
    Tx.run((tx) => bridge.app.integration.resume(tx));
    expect(await bridge.claimDue()).toEqual([]);
    await bridge.look();
    expect(await bridge.claimDue()).toHaveLength(1);
  });

  it('is not sent to someone who turned out to be a person that was promised it', async () => {
    await bridge.look({ id: GRACE, contactId: null, emails: ['shared@example.com'] });
    await ask({}, { challenge: backend });
    await bridge.look({ emails: ['shared@example.com'] });
    expect(bridge.invitationsInWords(ADA)).toEqual(['challenge-backend cancelled already_invited']);
  });

  async function findChallengeUnknown(): Promise<void> {
    const [claimed] = await bridge.claimDue();
    if (!claimed) throw new Error('nothing is due');
    await bridge.app.sendOutcomes.settleUnknownChallenge(claimed, 'no', bridge.clock.now());
  }

  it('fails when CodeSubmit doesn’t know the challenge, and doesn’t loop', async () => {
    await ask({ tags: [] });
    await bridge.look({ tags: [] });
    await findChallengeUnknown();
    expect(bridge.invitationsInWords()).toEqual(['challenge-frontend failed unknown_challenge']);
    expect(bridge.app.invitations.awaitingDecision(10)).toEqual([]);
    expect(bridge.counts()).toEqual(bridge.counted());
  });

  it('that failed like this is sent when a rule applies, once CodeSubmit knows the challenge again', async () => {
    await ask({ tags: [] }, { challenge: backend });
    await bridge.look({ tags: [] });
    await findChallengeUnknown();
    expect(await bridge.lookInWords()).toBe('hold unknown_challenge');
    Tx.run((tx) => bridge.app.rules.markChallengeKnown(tx, BACKEND, 'Backend'));
    expect(await bridge.lookInWords()).toBe('invite');
    expect(await bridge.sendDue()).toBe(1);
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend invited']);
  });
});

describe('the deliberate repetition', () => {
  it('is sent beside earlier ones, each time again', async () => {
    await bridge.look();
    await bridge.sendDue();
    for (const expected of [2, 3]) {
      await ask({}, { challenge: backend, isAgain: true });
      await bridge.look();
      expect(await bridge.sendDue()).toBe(1);
      expect(bridge.invitationsInWords()).toHaveLength(expected);
    }
    expect(bridge.invitations().map(({ repetition }) => repetition)).toEqual([0, 1, 2]);
  });

  describe('while the challenge is on its way to the person’s other opportunity', () => {
    const again = orderOf({ id: GRACE }, { challenge: backend, isAgain: true });

    it('is refused, so the first request doesn’t end for one that may never be sent', async () => {
      await ask({}, { challenge: backend });
      await expect(queueSend(bridge.app, again)).rejects.toThrow('already on its way');
      await bridge.look();
      expect(await bridge.sendDue()).toBe(1);
      await queueSend(bridge.app, again);
      await bridge.look({ id: GRACE });
      expect(await bridge.sendDue()).toBe(1);
    });

    it('names what makes the first one go, also during a pause', async () => {
      await ask({}, { challenge: backend });
      const daemon = expect.stringContaining('The daemon sends it') as unknown;
      await expect(queueSend(bridge.app, again)).rejects.toMatchObject({ hint: daemon });
      Tx.run((tx) => bridge.app.integration.pause(tx, bridge.clock.now()));
      const resume = expect.stringContaining('codesubmit-lever resume') as unknown;
      await expect(queueSend(bridge.app, again)).rejects.toMatchObject({ hint: resume });
    });

    it('isn’t retried either', async () => {
      const first = await queueSend(bridge.app, again);
      await bridge.look({ id: GRACE });
      const [claimed] = await bridge.claimDue();
      const { sendOutcomes } = bridge.app;
      await sendOutcomes.settleFailed(claimed!, 'person_refused', '400', bridge.clock.now());
      await ask({}, { challenge: backend });
      expect(await retry(bridge.app, [first])).toEqual([]);
      await bridge.look();
      expect(await bridge.sendDue()).toBe(1);
      expect(await retry(bridge.app, [first])).toEqual([first]);
    });
  });

  it('is not mistaken for one made in CodeSubmit before', async () => {
    const made = { id: 'made' as never, challengeId: BACKEND, email: 'ada@example.com' };
    const facts = {
      link: null,
      status: 1,
      commitsCount: null,
      score: null,
      report: null,
      created: { from: bridge.clock.now(), until: bridge.clock.now() },
    };
    await bridge.list({ ...made, ...facts });
    const claim = () => bridge.app.sendQueue.claimDue(bridge.clock.now(), 10, 'claim');
    await ask({}, { challenge: backend, isAgain: true });
    await bridge.look();
    expect(await claim()).toMatchObject({ claimed: [{}], adopted: 0 });
  });

  it('counts as had: no rule sends the challenge after it', async () => {
    await ask({ tags: [] }, { challenge: backend, isAgain: true });
    await bridge.look({ tags: [] });
    await bridge.sendDue();
    bridge.clock.advance(MINUTE);
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
  });

  it('without it the database refuses what was promised', async () => {
    await bridge.look();
    await expect(ask({}, { challenge: backend })).rejects.toThrow('promised');
    await expect(ask()).rejects.toThrow('promised');
    await expect(ask({ id: GRACE }, { challenge: backend })).rejects.toThrow('promised');
  });

  it('a cancelled one is requested again, and belongs to the rule again after its decision', async () => {
    await bridge.look();
    await bridge.look({ isArchived: true });
    await ask({}, { challenge: backend });
    expect(bridge.invitations()).toMatchObject([{ state: 'queued', is_by_hand: 1 }]);
    await bridge.look({ isArchived: true });
    expect(await bridge.lookInWords()).toBe('invite');
    expect(bridge.invitations()).toMatchObject([{ state: 'queued', is_by_hand: 0 }]);
  });
});
