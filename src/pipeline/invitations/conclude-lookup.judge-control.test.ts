import { expect, it } from 'vitest';
import { CLOCK_ALLOWANCE_MS } from '../../domain/codesubmit-port.js';
import type { ChallengeId, VendorInvitationId } from '../../domain/ids.js';
import { judgeControl, type ShownInvitation } from './conclude-lookup.js';

const SENT_AT = 1_000_000;
const ADDRESS = Buffer.from('ada');
const at = (ms: number) => ({ from: ms, until: ms });
const own = (id: string) => ({
  id: id as VendorInvitationId,
  challengeId: 'challenge' as ChallengeId,
  emailHash: ADDRESS,
  sent: { from: SENT_AT, until: SENT_AT + 1_000 },
});
const shown = (facts: Partial<ShownInvitation> = {}): ShownInvitation => ({
  ...{ challengeId: 'challenge' as ChallengeId, emailHash: ADDRESS, created: at(SENT_AT) },
  ...facts,
});

it('needs something of ours', () => {
  expect(judgeControl([], () => undefined)).toBe('none');
});

it.each<[what: string, facts: Partial<ShownInvitation>, control: string]>([
  ['all of it', {}, 'shown'],
  ['no address', { emailHash: null }, 'unrecognised'],
  ['another address', { emailHash: Buffer.from('grace') }, 'unrecognised'],
  ['no recognisable challenge', { challengeId: null }, 'unrecognised'],
  ['another challenge', { challengeId: 'other' as ChallengeId }, 'unrecognised'],
  ['no date', { created: null }, 'unrecognised'],
  ['a date without a zone', { created: { from: SENT_AT, until: SENT_AT + 1 } }, 'unrecognised'],
  ['a date within the allowance', { created: at(SENT_AT - CLOCK_ALLOWANCE_MS) }, 'shown'],
  ['a date before it', { created: at(SENT_AT - CLOCK_ALLOWANCE_MS - 1) }, 'unrecognised'],
  ['a date after it', { created: at(SENT_AT + CLOCK_ALLOWANCE_MS + 1_001) }, 'unrecognised'],
])('a row that shows %s', (_what, facts, control) => {
  expect(judgeControl([own('a')], () => shown(facts))).toBe(control);
});

it('needs each of them', () => {
  const find = (id: VendorInvitationId) => (id === 'a' ? shown() : undefined);
  expect(judgeControl([own('a')], find)).toBe('shown');
  expect(judgeControl([own('a'), own('b')], find)).toBe('missing');
});
