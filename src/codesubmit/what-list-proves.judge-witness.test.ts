import { expect, it } from 'vitest';
import { CLOCK_ALLOWANCE_MS } from '../domain/vendor-ports.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import { judgeWitness, type ShownInvitation } from './what-list-proves.js';

const ACCEPTED_AT = 1_000_000;
const ADDRESS = Buffer.from('ada');
const at = (ms: number) => ({ from: ms, until: ms });
const accepted = {
  id: 'a' as VendorInvitationId,
  challengeId: 'challenge' as ChallengeId,
  emailHash: ADDRESS,
  acceptedAt: ACCEPTED_AT,
};
const shown = (facts: Partial<ShownInvitation> = {}): ShownInvitation => ({
  ...{ challengeId: 'challenge' as ChallengeId, emailHash: ADDRESS, created: at(ACCEPTED_AT) },
  ...facts,
});

it('needs something of ours, and that it is listed', () => {
  expect(judgeWitness(undefined, undefined)).toBe('none');
  expect(judgeWitness(accepted, undefined)).toBe('missing');
});

it.each<[what: string, facts: Partial<ShownInvitation>, witness: string]>([
  ['all of it', {}, 'shown'],
  ['no address', { emailHash: null }, 'unrecognised'],
  ['another address', { emailHash: Buffer.from('grace') }, 'unrecognised'],
  ['an unclear challenge', { challengeId: null }, 'unrecognised'],
  ['another challenge', { challengeId: 'other' as ChallengeId }, 'unrecognised'],
  ['no date', { created: null }, 'unrecognised'],
  [
    'a date without a zone',
    { created: { from: ACCEPTED_AT, until: ACCEPTED_AT + 1 } },
    'unrecognised',
  ],
  ['a date within the allowance', { created: at(ACCEPTED_AT - CLOCK_ALLOWANCE_MS) }, 'shown'],
  ['a date before it', { created: at(ACCEPTED_AT - CLOCK_ALLOWANCE_MS - 1) }, 'unrecognised'],
  ['a date after it', { created: at(ACCEPTED_AT + CLOCK_ALLOWANCE_MS + 1) }, 'unrecognised'],
])('a row that shows %s', (_what, facts, witness) => {
  expect(judgeWitness(accepted, shown(facts))).toBe(witness);
});
