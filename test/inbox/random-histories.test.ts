/** Whatever happens, in whatever order: the promises hold after every step. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approve,
  findApprovable,
  pause,
  retry,
  settle,
} from '../../src/operate/actions/admin-actions.js';
import type { ChallengeId, ContactId, OpportunityId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import type { ClaimedInvitation } from '../../src/pipeline/invitations/send-outcomes.js';
import { BridgeOnDisk } from '../support/bridge-on-disk.js';
import {
  CHALLENGE_STAGE,
  DAY,
  FRONTEND,
  MINUTE,
  ONSITE_STAGE,
  OTHER_STAGE,
  VISIT,
} from '../support/fictional-records.js';
import { isFull } from '../support/full-faults.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const REUSE_DAYS = 30;

/** A challenge that CodeSubmit accepted, or may have accepted. */
interface Sent {
  id: number;
  opportunityId: string;
  contactId: string | null;
  email: string;
  challengeId: string;
  at: number;
}

interface PendingRenewals {
  claimed: ClaimedInvitation;
  at: number;
}

interface History {
  bridge: BridgeOnDisk;
  /** Claims without a result yet. */
  underWay: PendingRenewals[];
  sent: Sent[];
}

type Step = (history: History) => Promise<unknown>;

function noteSent({ bridge, sent }: History, { claimed, at }: PendingRenewals): void {
  const row = bridge.app.invitations.get(claimed.id);
  sent.push({
    id: claimed.id,
    opportunityId: claimed.opportunityId,
    contactId: row?.contact_id ?? null,
    email: claimed.order.email.toLowerCase(),
    challengeId: claimed.order.challengeId,
    at,
  });
}

const opportunity = fc.record<Partial<Opportunity>>({
  id: fc.integer({ min: 1, max: 5 }).map((n) => `opportunity-${String(n)}` as OpportunityId),
  contactId: fc.option(
    fc.integer({ min: 1, max: 3 }).map((n) => `contact-${String(n)}` as ContactId),
  ),
  emails: fc.subarray(['a@example.com', 'B@example.com', 'b@example.com', 'c@example.com'], {
    minLength: 1,
  }),
  name: fc.constantFrom('Ada Lovelace', 'Ada Lovelace', 'Ada King', ''),
  tags: fc.constantFrom(
    ['codesubmit:backend'],
    ['codesubmit:backend'],
    ['codesubmit:frontend'],
    ['codesubmit:backnd'],
    [],
  ),
  stageId: fc.constantFrom(CHALLENGE_STAGE, CHALLENGE_STAGE, ONSITE_STAGE, OTHER_STAGE),
  visitAt: fc.constantFrom(VISIT, VISIT, VISIT + DAY),
  isArchived: fc.constantFrom(false, false, false, true),
});
const looks = opportunity.map(
  (overrides): Step =>
    async ({ bridge }) =>
      bridge.look(overrides),
);
const sweeps = fc.array(opportunity, { maxLength: 5 }).map((all): Step => async ({ bridge }) => {
  const reads = all.map((overrides) => bridge.readOf(overrides));
  await bridge.app.decider.brakeTogether(reads);
  const mayUse = (): boolean => true;
  await bridge.app.decider.decideTogether(reads, mayUse, () => undefined);
});
const claims = fc.constant<Step>(async ({ bridge, underWay }) => {
  const claimed = await bridge.claimDue();
  for (const { opportunityId, order } of claimed) {
    const decision = bridge.app.decisions.findCurrent(opportunityId);
    expect(decision).toMatchObject({ kind: 'invite', challenge_id: order.challengeId });
  }
  const at = bridge.clock.now();
  underWay.push(...claimed.map((one) => ({ claimed: one, at })));
});
const settlements = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom('invited', 'no link', 'uncertain', 'failed') },
    { weight: 1, arbitrary: fc.constantFrom('later', 'unauthorized', 'challenge') },
  )
  .map((outcome): Step => async (history) => {
    const { bridge, underWay } = history;
    const first = underWay.shift();
    if (!first) return;
    const { claimed } = first;
    const store = bridge.app.sendOutcomes;
    const now = bridge.clock.now();
    if (['invited', 'no link', 'uncertain'].includes(outcome)) noteSent(history, first);
    switch (outcome) {
      case 'invited':
        return store.settleInvited(claimed, bridge.accepted(claimed), now);
      case 'no link':
        return store.settleInvited(claimed, bridge.accepted(claimed, { link: null }), now);
      case 'uncertain':
        return store.settleUncertain(claimed, 'cut', { kind: 'unanswered', at: now }, now);
      case 'failed':
        return store.settleFailed(claimed, 'person_refused', '422', now);
      case 'later':
        return store.settleLater(claimed, now + MINUTE, '429', now);
      case 'unauthorized':
        return store.settleUnauthorized(claimed, '401', now);
      case 'challenge':
        return store.settleUnknownChallenge(claimed, '404', now);
    }
  });
const kills = fc.constant<Step>(async (history) => {
  const { bridge, underWay } = history;
  for (const one of underWay.splice(0)) noteSent(history, one);
  const now = bridge.clock.now();
  await bridge.app.sendOutcomes.settleOrphans(now, now);
  await bridge.app.database.write((tx) => bridge.app.writebacks.freeOrphans(tx, now, now));
});
const links = fc.constant<Step>(async ({ bridge }) => {
  const now = bridge.clock.now();
  for (const owed of await bridge.app.writebackQueue.claimDue(now, 10, 'w')) {
    await bridge.app.writebackQueue.settleDone(owed, now);
  }
});
const words = fc.oneof(
  fc.constant<Step>(async ({ bridge }) => {
    Tx.run((tx) => bridge.app.integration.markSetUp(tx, bridge.clock.now()));
    await bridge.app.database.write((tx) => {
      bridge.app.integration.resume(tx);
      for (const { challengeId, challengeName } of bridge.app.rules.listActive()) {
        bridge.app.rules.markChallengeKnown(tx, challengeId, challengeName);
      }
    });
  }),
  fc.constant<Step>(({ bridge }) => approve(bridge.app, findApprovable(bridge.app, 'all'))),
  fc.constant<Step>(({ bridge }) => {
    const held = bridge.app.decisions.listHeld(['second_challenge']);
    return approve(bridge.app, held);
  }),
  fc.constant<Step>(({ bridge }) => pause(bridge.app)),
  fc.boolean().map((isSent): Step => async ({ bridge, sent }) => {
    const row = bridge.invitations().find(({ state }) => state === 'uncertain');
    if (!row) return;
    const settlement = { isSent, link: isSent ? 'https://app.example.com/c/by-hand' : null };
    await settle(bridge.app, row.id as Parameters<typeof settle>[1], settlement);
    const index = sent.findIndex(({ id }) => id === row.id);
    if (!isSent) sent.splice(index, 1);
  }),
);
const retries = fc.constant<Step>(async ({ bridge }) => {
  const row = bridge.invitations().find(({ state }) => state === 'failed');
  if (row) await retry(bridge.app, [row.id as Parameters<typeof settle>[1]]);
});
const time = fc
  .constantFrom(1_000, 50_000, 2 * MINUTE, 11 * MINUTE, DAY, 31 * DAY)
  .map((ms): Step => ({ bridge }) => {
    bridge.clock.advance(ms);
    return Promise.resolve();
  });

const step = fc.oneof(
  { weight: 12, arbitrary: looks },
  { weight: 2, arbitrary: sweeps },
  { weight: 6, arbitrary: claims },
  { weight: 6, arbitrary: settlements },
  { weight: 1, arbitrary: kills },
  { weight: 1, arbitrary: links },
  { weight: 2, arbitrary: words },
  { weight: 2, arbitrary: retries },
  { weight: 1, arbitrary: time },
);

const brakes = fc.constantFrom(null, { count: 2, minutes: 10 }, { count: 4, minutes: 10 });
const PROMISED = `state NOT IN ('failed', 'cancelled')`;

function checkPromises({ bridge, sent }: History): void {
  const { app } = bridge;
  expect(bridge.counts()).toEqual(bridge.counted());
  expect(twice(sent), 'sent twice').toEqual([]);
  const visits = app.database
    .prepare<[], unknown>(
      `SELECT opportunity_id, visit_stage_id, visit_at, count(*) FROM invitations
       WHERE ${PROMISED} GROUP BY 1, 2, 3 HAVING count(*) > 1`,
    )
    .all();
  expect(visits, 'visits with two invitations').toEqual([]);
  const brakes = app.rules.listActive().filter((rule) => {
    return rule.isBraked && app.decisions.countBrakeHolds(rule.id) === 0;
  });
  expect(brakes, 'brakes that hold nobody').toEqual([]);
}

/** Pairs of one challenge sent twice to one opportunity, or to one person within the reuse days. */
function twice(sent: readonly Sent[]): [Sent, Sent][] {
  return sent.flatMap((later, index) =>
    sent
      .slice(0, index)
      .filter((earlier) => earlier.challengeId === later.challengeId)
      .filter((earlier) => {
        if (earlier.opportunityId === later.opportunityId) return true;
        const isSameContact = later.contactId !== null && earlier.contactId === later.contactId;
        const isReused = Math.abs(later.at - earlier.at) < REUSE_DAYS * DAY;
        return isReused && (isSameContact || earlier.email === later.email);
      })
      .map((earlier): [Sent, Sent] => [earlier, later]),
  );
}

describe('after every step of any history', () => {
  it('counts are right, a visit has one invitation, only an invite is sent, and once, a brake holds someone', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 15, maxLength: 80, size: 'max' }),
        brakes,
        async (steps, brake) => {
          const bridge = new BridgeOnDisk(folder, `run-${String(++run)}`);
          bridge.addRule({ reuseDays: REUSE_DAYS });
          bridge.addRule({ ...frontendRule(), reuseDays: REUSE_DAYS });
          bridge.addRule({ stageId: ONSITE_STAGE, tag: '*', reuseDays: REUSE_DAYS });
          bridge.setBrake(brake);
          const history: History = { bridge, underWay: [], sent: [] };
          try {
            for (const happen of steps) {
              await happen(history);
              checkPromises(history);
            }
          } finally {
            bridge.close();
          }
        },
      ),
      { numRuns: isFull ? 600 : 60 },
    );
  });
});

function frontendRule(): { tag: string; challengeId: ChallengeId; challengeName: string } {
  return { tag: 'codesubmit:frontend', challengeId: FRONTEND, challengeName: 'Frontend' };
}
