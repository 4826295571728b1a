import { expect, it } from 'vitest';
import { CLOCK_ALLOWANCE_MS } from '../domain/challenges.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import { judgeWitness } from './what-list-proves.js';

type ShownInvitation = NonNullable<Parameters<typeof judgeWitness>[1]>;

const ACCEPTED_AT = 1_000_000;
const ADDRESS = Buffer.from('ada');
const at = (ms: number) => ({ from: ms, until: ms });
const accepted = {
  vendor_id: 'a' as VendorInvitationId,
  challenge_id: 'challenge' as ChallengeId,
  email_hash: ADDRESS,
  accepted_at: ACCEPTED_AT,
};
const shown = (facts: Partial<ShownInvitation> = {}): ShownInvitation => ({
  ...{ challengeId: 'challenge' as ChallengeId, emailHash: ADDRESS, created: at(ACCEPTED_AT) },
  ...facts,
});

it('needs something of ours, and that it is listed', () => {
  expect(judgeWitness(undefined, undefined)).toBe('no_control');
  expect(judgeWitness(accepted, undefined)).toBe('list_lags');
});

it.each<[what: string, facts: Partial<ShownInvitation>, witness: string]>([
  ['all of it', {}, 'shown'],
  ['no address', { emailHash: null }, 'rows_not_recognised'],
  ['another address', { emailHash: Buffer.from('grace') }, 'rows_not_recognised'],
  ['an unclear challenge', { challengeId: null }, 'rows_not_recognised'],
  ['another challenge', { challengeId: 'other' as ChallengeId }, 'rows_not_recognised'],
  ['no date', { created: null }, 'rows_not_recognised'],
  [
    'a date without a zone',
    { created: { from: ACCEPTED_AT, until: ACCEPTED_AT + 1 } },
    'rows_not_recognised',
  ],
  ['a date within the allowance', { created: at(ACCEPTED_AT - CLOCK_ALLOWANCE_MS) }, 'shown'],
  [
    'a date before it',
    { created: at(ACCEPTED_AT - CLOCK_ALLOWANCE_MS - 1) },
    'rows_not_recognised',
  ],
  ['a date after it', { created: at(ACCEPTED_AT + CLOCK_ALLOWANCE_MS + 1) }, 'rows_not_recognised'],
])('a row that shows %s', (_what, facts, witness) => {
  expect(judgeWitness(accepted, shown(facts))).toBe(witness);
});
