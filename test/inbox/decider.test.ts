/** What a decision leaves in the database: promises, cancellations, shared links, its record. */
import type { ClaimedWriteback } from '../../src/pipeline/writebacks/writeback.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig, linkIn } from '../rigs/store.js';
import {
  ADA,
  CHALLENGE_STAGE,
  DAY,
  FRONTEND,
  GRACE,
  MINUTE,
  OTHER_STAGE,
  VISIT,
  CONTACT_REFUSED,
} from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { ContactId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule();
  bridge.addRule({ tag: 'codesubmit:frontend', challengeId: FRONTEND, challengeName: 'Frontend' });
});

afterEach(() => {
  bridge.close();
});

const frontend: Partial<Opportunity> = { tags: ['codesubmit:frontend'] };
const invitations = () => bridge.invitationsInWords();

describe('an invite', () => {
  it('queues one invitation, however often it is repeated', async () => {
    expect(await bridge.look()).toMatchObject({ isNew: true, promised: [1] });
    expect(await bridge.look()).toMatchObject({ isNew: false, promised: [1] });
    expect(invitations()).toEqual(['challenge-backend queued']);
  });

  it('its own queued row does not count as promised', async () => {
    await bridge.look();
    expect(await bridge.lookInWords()).toBe('invite');
    expect(await bridge.sendDue()).toBe(1);
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
  });

  it('updates the queued row with what Lever shows now', async () => {
    await bridge.look();
    bridge.clock.advance(MINUTE);
    await bridge.look({ name: 'Ada King', emails: ['king@example.com'] });
    const [claimed] = await bridge.claimDue();
    expect(claimed?.order).toMatchObject({ email: 'king@example.com', lastName: 'King' });
  });

  it('a tag changed while queued: the row is cancelled and a new one queued', async () => {
    await bridge.look();
    expect(await bridge.lookInWords(frontend)).toBe('invite');
    expect(invitations()).toEqual([
      'challenge-backend cancelled other_challenge',
      'challenge-frontend queued',
    ]);
    expect(await bridge.lookInWords()).toBe('invite');
    expect(invitations()).toEqual([
      'challenge-backend queued',
      'challenge-frontend cancelled other_challenge',
    ]);
  });

  it('a tag changed after sending sends nothing', async () => {
    await bridge.look();
    await bridge.sendDue();
    const { decision } = await bridge.look(frontend);
    expect(decision).toMatchObject({ reason: 'already_invited', detail: 'tag_changed' });
    expect(invitations()).toEqual(['challenge-backend invited']);
  });

  it('a tag changed while it is being sent sends nothing', async () => {
    await bridge.look();
    await bridge.claimDue();
    expect(await bridge.lookInWords(frontend)).toBe('ignore already_invited');
    expect(invitations()).toEqual(['challenge-backend sending']);
  });

  it('coming back to the same stage with another tag is on hold until approved', async () => {
    await bridge.look();
    await bridge.sendDue();
    const back = { ...frontend, visitAt: VISIT + DAY };
    expect(await bridge.lookInWords(back)).toBe('hold second_challenge');
    const visit = { opportunityId: ADA, visitAt: VISIT + DAY, stageId: CHALLENGE_STAGE };
    Tx.run((tx) =>
      bridge.app.rules.approve(
        tx,
        { ...visit, challengeId: FRONTEND },
        'second_challenge',
        bridge.clock.now(),
      ),
    );
    expect(await bridge.lookInWords(back)).toBe('invite');
    expect(invitations()).toEqual(['challenge-backend invited', 'challenge-frontend queued']);
    expect(await bridge.lookInWords({ ...back, visitAt: VISIT + 2 * DAY })).toBe(
      'hold second_challenge',
    );
  });
});

describe('a decision that is not an invite', () => {
  it.each<[overrides: Partial<Opportunity>, reason: string]>([
    [{ isArchived: true }, 'archived'],
    [{ stageId: OTHER_STAGE }, 'left_stage'],
    [{ tags: [] }, 'no_tag'],
    [{ emails: [] }, 'no_email'],
    [{ consent: CONTACT_REFUSED }, 'contact_not_allowed'],
  ])('%j cancels the queued row with that reason', async (overrides, reason) => {
    await bridge.look();
    expect(await bridge.lookInWords(overrides)).toContain(reason);
    expect(invitations()).toEqual([`challenge-backend cancelled ${reason}`]);
    expect(await bridge.claimDue()).toEqual([]);
  });

  it('that can’t see the record cancels it too', async () => {
    await bridge.look();
    await bridge.look({}, { sighting: { kind: 'forbidden' } });
    expect(invitations()).toEqual(['challenge-backend cancelled no_access']);
  });

  it('a cancelled one is queued again as soon as a decision says invite', async () => {
    await bridge.look();
    await bridge.look({ isArchived: true });
    bridge.clock.advance(DAY);
    expect(await bridge.lookInWords()).toBe('invite');
    expect(invitations()).toEqual(['challenge-backend queued']);
    expect(bridge.invitations()[0]?.promised_at).toBe(bridge.clock.now());
  });

  it('touches nothing that was sent', async () => {
    await bridge.look();
    await bridge.sendDue();
    await bridge.look({ isArchived: true });
    expect(invitations()).toEqual(['challenge-backend invited']);
  });
});

describe('a failed one', () => {
  beforeEach(async () => {
    await bridge.look();
    const [claimed] = await bridge.claimDue();
    if (!claimed) throw new Error('nothing is due');
    const { sendOutcomes } = bridge.app;
    await sendOutcomes.settleFailed(claimed, 'person_refused', '422', bridge.clock.now());
  });

  it('stays failed while what was rejected is unchanged', async () => {
    expect((await bridge.look()).promised).toEqual([]);
    expect((await bridge.look({ emails: ['ADA@example.com'] })).promised).toEqual([]);
    expect(invitations()).toEqual(['challenge-backend failed person_refused']);
    expect(await bridge.claimDue()).toEqual([]);
  });

  it.each<Partial<Opportunity>>([
    { emails: ['lovelace@example.com'] },
    { emails: ['ada@example.com', 'lovelace@example.com'] },
    { name: 'Augusta Lovelace' },
    { name: 'Ada King' },
  ])('is queued again with %j', async (overrides) => {
    expect((await bridge.look(overrides)).promised).toEqual([1]);
    expect(invitations()).toEqual(['challenge-backend queued']);
    expect(await bridge.sendDue()).toBe(1);
  });
});

describe('one that failed, with several addresses in Lever', () => {
  const [first, second, third] = ['ada@example.com', 'ada@example.org', 'lovelace@example.com'];

  /** Looks and sends what may be sent and to whom; CodeSubmit rejects each address. */
  async function refusedTo(emails: string[]): Promise<string[]> {
    await bridge.look({ emails });
    const claimed = await bridge.claimDue();
    for (const one of claimed) {
      const { sendOutcomes } = bridge.app;
      await sendOutcomes.settleFailed(one, 'person_refused', '422', bridge.clock.now());
    }
    return claimed.map(({ order }) => order.email);
  }

  it('does not try another that was there when the first was rejected', async () => {
    expect(await refusedTo([first, second])).toEqual([first]);
    expect(await refusedTo([first, second])).toEqual([]);
  });

  it('is sent to an added one, however often it was looked at before, and to no rejected one again', async () => {
    expect(await refusedTo([first])).toEqual([first]);
    await bridge.look({ emails: [first, second] });
    expect(await refusedTo([first, second])).toEqual([second]);
    expect(await refusedTo([first, second])).toEqual([]);
    expect(await refusedTo([first])).toEqual([]);
    expect(await refusedTo([first, second, third])).toEqual([third]);
  });

  it('is sent to the one that is first now, or left', async () => {
    expect(await refusedTo([first, second])).toEqual([first]);
    expect(await refusedTo([second, first])).toEqual([second]);
    expect(await refusedTo([first, third])).toEqual([third]);
  });

  it('is not sent to an invalid address', async () => {
    expect(await refusedTo([first])).toEqual([first]);
    expect(await refusedTo([first, 'ada at example.org'])).toEqual([]);
  });
});

describe('one person through two opportunities', () => {
  const second = { id: GRACE, visitAt: VISIT + 1 };
  const otherContact = { ...second, contactId: 'contact-2' as ContactId };
  /** Writes pending updates to Lever, one place after another; returns all of them. */
  const placeOwed = async () => {
    const { writebackQueue: store } = bridge.app;
    const placed: ClaimedWriteback[] = [];
    for (;;) {
      const claimed = await store.claimDue(bridge.clock.now(), 10, 'w');
      if (claimed.length === 0) return placed;
      for (const one of claimed) await store.settleDone(one, bridge.clock.now());
      placed.push(...claimed);
    }
  };
  const owed = async () =>
    (await placeOwed())
      .map(({ opportunityId, order }) => `${opportunityId} ${linkIn(order)}`)
      .sort();

  it('the same contact gets the challenge once and already has its link', async () => {
    await bridge.look();
    expect(await bridge.lookInWords({ ...second, emails: ['another@example.com'] })).toBe(
      'ignore already_invited',
    );
    await bridge.sendDue();
    expect(await owed()).toEqual([`${ADA} https://app.example.com/c/sent-1`]);
  });

  it('another contact with the same e-mail gets the link once it is known', async () => {
    await bridge.look();
    const { decision } = await bridge.look({
      ...otherContact,
      emails: ['new@example.com', 'ADA@example.com'],
    });
    expect(decision).toMatchObject({
      reason: 'already_invited',
      shares: { invitationId: 1, isSameContact: false },
    });
    expect(await owed()).toEqual([]);
    await bridge.sendDue();
    const link = 'https://app.example.com/c/sent-1';
    expect(await owed()).toEqual([`${ADA} ${link}`, `${GRACE} ${link}`].sort());
  });

  it.each([
    'ada@xn--bcher-kva.example.com',
    'Ada@Bu\u0308cher.example.com',
    ' ADA@b\u00fccher.example.com',
  ])('another contact with the same address spelled %j', async (email) => {
    await bridge.look({ emails: ['ada@b\u00fccher.example.com'] });
    expect(await bridge.lookInWords({ ...otherContact, emails: [email] })).toBe(
      'ignore already_invited',
    );
  });

  it('another contact that comes after sending gets the link at once', async () => {
    await bridge.look();
    await bridge.sendDue();
    expect(await owed()).toEqual([`${ADA} https://app.example.com/c/sent-1`]);
    await bridge.look(otherContact);
    expect(await owed()).toEqual([`${GRACE} https://app.example.com/c/sent-1`]);
  });

  it('deciding again queues nothing again, even when a recruiter removed the link', async () => {
    await bridge.look();
    await bridge.sendDue();
    await bridge.look(otherContact);
    expect(await owed()).toHaveLength(2);
    await bridge.look(otherContact);
    bridge.clock.advance(DAY);
    await bridge.look({ ...otherContact, visitAt: VISIT + DAY });
    expect(await owed()).toEqual([]);
    expect(invitations()).toEqual(['challenge-backend linked']);
  });

  it('the second opportunity’s link does not make the first one linked', async () => {
    await bridge.look();
    await bridge.sendDue();
    await bridge.look(otherContact);
    const { writebackQueue: store } = bridge.app;
    const [own] = await store.claimDue(bridge.clock.now(), 10, 'w');
    await store.settleLater(
      own!,
      { dueAt: bridge.clock.now() + DAY, why: '500', usesAttempt: true },
      bridge.clock.now(),
    );
    expect(await owed()).toEqual([`${GRACE} https://app.example.com/c/sent-1`]);
    expect(invitations()).toEqual(['challenge-backend invited']);
  });

  it('when the first is cancelled before it was sent the second is invited', async () => {
    await bridge.look();
    await bridge.look(otherContact);
    await bridge.look({ isArchived: true });
    expect(await bridge.lookInWords(otherContact)).toBe('invite');
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
    expect(bridge.counts()).toEqual({ queued: 1, cancelled: 1 });
  });

  it('after the reuse days it is sent again', async () => {
    await bridge.look();
    await bridge.sendDue();
    bridge.clock.advance(365 * DAY - 1);
    expect(await bridge.lookInWords(otherContact)).toBe('ignore already_invited');
    bridge.clock.advance(1);
    expect(await bridge.lookInWords(otherContact)).toBe('invite');
  });

  it('in one batch only the first of them is queued', async () => {
    const reads = [bridge.readOf(), bridge.readOf(second), bridge.readOf(otherContact)];
    const mayUse = (): boolean => true;
    const results = await bridge.app.decider.decideTogether(reads, mayUse, () => undefined);
    expect(results).toHaveLength(3);
    expect(bridge.counts()).toEqual({ queued: 1 });
  });
});

describe('the record', () => {
  const decisions = () =>
    bridge.app.database
      .prepare<[], { reason: string; decided_at: number; last_seen_at: number }>(
        'SELECT reason, decided_at, last_seen_at FROM decisions ORDER BY id',
      )
      .all();

  it('a decision equal to the last only moves its lastSeenAt', async () => {
    const first = bridge.clock.now();
    await bridge.look();
    bridge.clock.advance(MINUTE);
    await bridge.look({ name: 'Ada King' });
    expect(decisions()).toEqual([
      { reason: 'invite', decided_at: first, last_seen_at: first + MINUTE },
    ]);
  });

  it('another reason, detail or visit is another decision', async () => {
    await bridge.look({ tags: ['codesubmit:backnd'] });
    await bridge.look({ tags: ['codesubmit:bckend'] });
    await bridge.look({ tags: ['codesubmit:bckend'], visitAt: VISIT + 1 });
    await bridge.look({ tags: [] });
    expect(decisions().map(({ reason }) => reason)).toEqual([
      'near_tag',
      'near_tag',
      'near_tag',
      'no_tag',
    ]);
    expect(bridge.app.decisions.findCurrent(ADA)?.reason).toBe('no_tag');
  });

  it('nothing is written while the posting’s tags are needed', async () => {
    const read = bridge.readOf({ tags: ['codesubmit:backend', 'codesubmit:frontend'] });
    expect(await bridge.app.decider.decide(read)).toEqual({ kind: 'posting_needed' });
    expect(decisions()).toEqual([]);
    const postingTags = ['codesubmit:backend'];
    const result = await bridge.app.decider.decide({ ...read, postingTags });
    expect(result).toMatchObject({ decision: { rule: { challengeId: FRONTEND } } });
  });

  it('the effects and the settlement are one transaction', async () => {
    const failing = bridge.app.decider.decide(bridge.readOf(), () => {
      throw new Error('the hint can’t be settled');
    });
    await expect(failing).rejects.toThrow('settled');
    expect(decisions()).toEqual([]);
    expect(invitations()).toEqual([]);
  });

  it('a failed transaction leaves nothing that looks fresh', async () => {
    await bridge.look();
    bridge.clock.advance(2 * MINUTE);
    const failing = bridge.app.decider.decide(bridge.readOf(), () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow();
    expect(await bridge.claimDue()).toEqual([]);
  });

  it('remembers who was seen in a rule’s stage before', async () => {
    expect(await bridge.lookInWords({ stageId: OTHER_STAGE })).toBe('ignore other_stage');
    await bridge.look();
    expect(await bridge.lookInWords({ stageId: OTHER_STAGE })).toBe('ignore left_stage');
    expect(await bridge.lookInWords({ stageId: OTHER_STAGE })).toBe('ignore left_stage');
  });
});
