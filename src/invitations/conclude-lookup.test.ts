import { expect, it } from 'vitest';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import type { SentChallenge } from './codesubmit-port.js';
import { concludeLookup, type LookupCase, type LookupConclusion } from './conclude-lookup.js';
import { SentList } from './sent-list.js';

const INTENT_AT = 1_000_000;
const READ_AT = INTENT_AT + 70_000;
const SETTLE_MS = 60_000;
const challengeId = 'challenge' as ChallengeId;
const newer = 'newer' as VendorInvitationId;

function sent(id: string, email: string): SentChallenge {
  return {
    id: id as VendorInvitationId,
    challengeId,
    email,
    link: null,
    status: null,
    commitsCount: null,
    score: null,
    report: null,
    createdAt: INTENT_AT + 1,
  };
}

/** A newer one of ours is known to have been accepted at `newerAt`, when that is given. */
function conclude(
  rows: SentChallenge[],
  facts: {
    newerAt?: number;
    olderAt?: number;
    isKnownToLag?: boolean;
    laterIntentAt?: number;
    announced?: number;
  } = {},
): LookupConclusion {
  const { newerAt, olderAt, isKnownToLag = false, laterIntentAt = null } = facts;
  const lookup: LookupCase = {
    pair: { challengeId, email: 'ada@example.com' },
    kind: 'unanswered',
    intentAt: INTENT_AT,
    laterIntentAt,
    isOurs: (id) => id === newer,
    newerOfOurs: newerAt === undefined ? [] : [{ id: newer, acceptedAt: newerAt }],
    olderOfOurs: olderAt === undefined ? [] : [{ id: newer, acceptedAt: olderAt }],
    settleMs: SETTLE_MS,
    isKnownToLag,
  };
  return concludeLookup(new SentList(rows, READ_AT, facts.announced), lookup);
}

it('finds the invitation by its address without case', () => {
  const row = sent('of-ada', 'Ada@Example.com');
  expect(conclude([row])).toEqual({ kind: 'found', sent: row });
});

it('finds it in another spelling of an international address', () => {
  const row = sent('of-zoe', 'Zoe\u0308@xn--bcher-kva.example.com');
  const list = new SentList([row], READ_AT);
  const pair = { challengeId, email: 'zo\u00eb@b\u00fccher.example.com' };
  expect(list.findEqual(pair)).toEqual([row]);
  expect(list.findSimilar(pair)).toEqual([]);
});

it('leaves to a later intent for the same pair what was created since, or may have been', () => {
  const row = sent('of-ada', 'ada@example.com');
  const undated = { ...row, createdAt: null };
  const later = { laterIntentAt: INTENT_AT + 1 };
  expect(conclude([row], later)).toEqual({ kind: 'absent' });
  expect(conclude([undated], later)).toEqual({ kind: 'absent' });
  expect(conclude([row], { laterIntentAt: INTENT_AT + 3_600_000 }).kind).toBe('found');
  expect(conclude([undated]).kind).toBe('found');
});

it('leaves a similar address to a person', () => {
  expect(conclude([sent('of-ada', 'a.d.a+jobs@example.com')])).toEqual({ kind: 'similar' });
});

it('believes a list that shows the newer ones', () => {
  const shown = [sent(newer, 'grace@example.com')];
  expect(conclude(shown, { newerAt: INTENT_AT + 1 })).toEqual({ kind: 'absent' });
  expect(conclude(shown, { newerAt: INTENT_AT + 1, isKnownToLag: true })).toEqual({
    kind: 'absent',
  });
});

it('does not believe one that lacks a newer one, and says when the settling time was too short for it', () => {
  expect(conclude([], { newerAt: READ_AT - 1 })).toEqual({ kind: 'lagging', isProven: false });
  expect(conclude([], { newerAt: READ_AT - SETTLE_MS })).toEqual({
    kind: 'lagging',
    isProven: true,
  });
});

it('does not believe one that lacks an older one which should be listed by now', () => {
  const lagging = { kind: 'lagging', isProven: true };
  expect(conclude([], { olderAt: READ_AT - SETTLE_MS })).toEqual(lagging);
  expect(conclude([], { olderAt: READ_AT - SETTLE_MS + 1 })).toEqual({ kind: 'absent' });
  const shown = [sent(newer, 'grace@example.com')];
  expect(conclude(shown, { olderAt: READ_AT - SETTLE_MS })).toEqual({ kind: 'absent' });
  expect(conclude(shown, { olderAt: READ_AT - SETTLE_MS, isKnownToLag: true })).toEqual({
    kind: 'lagging',
    isProven: false,
  });
});

it('does not believe one whose pages left somebody out', () => {
  const twice = [sent('other', 'grace@example.com'), sent('other', 'grace@example.com')];
  expect(conclude(twice, { announced: 1 })).toEqual({ kind: 'absent' });
  expect(conclude(twice, { announced: 2 })).toEqual({ kind: 'lagging', isProven: false });
});

it('wants a witness from a list that once lagged', () => {
  expect(conclude([])).toEqual({ kind: 'absent' });
  expect(conclude([], { isKnownToLag: true })).toEqual({ kind: 'lagging', isProven: false });
});
