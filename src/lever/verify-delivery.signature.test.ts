import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDelivery, parseSignedFields, verifySignature } from './verify-delivery.js';

const SIGNING_TOKEN = 'ab12'.repeat(12);
const OTHER_TOKEN = 'cd34'.repeat(12);
const TOKEN = '0f'.repeat(24);
const TRIGGERED_AT = 1_764_000_000_000;

function sign(token: string, triggeredAt: number, key = SIGNING_TOKEN): string {
  return createHmac('sha256', key)
    .update(token + String(triggeredAt))
    .digest('hex');
}

function signed(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const signature = sign(TOKEN, TRIGGERED_AT);
  return { token: TOKEN, triggeredAt: TRIGGERED_AT, signature, ...changes };
}

function bytesOf(body: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}

describe('the formats of what is signed', () => {
  const wrong: [string, Record<string, unknown>][] = [
    ['a token that is not a string', { token: 7 }],
    ['a token of 47 characters', { token: TOKEN.slice(1) }],
    ['a token of 49 characters', { token: `${TOKEN}1` }],
    ['a token that is not hexadecimal', { token: `g${TOKEN.slice(1)}` }],
    ['a time that is a string', { triggeredAt: String(TRIGGERED_AT) }],
    ['a time that is not an integer', { triggeredAt: TRIGGERED_AT + 0.5 }],
    ['a time of 12 digits', { triggeredAt: 999_999_999_999 }],
    ['a time of 14 digits', { triggeredAt: 10_000_000_000_000 }],
    ['a signature that is not a string', { signature: null }],
    ['a signature of 63 characters', { signature: sign(TOKEN, TRIGGERED_AT).slice(1) }],
    ['a signature in capitals', { signature: 'A'.repeat(64) }],
  ];
  it.each(wrong)('refuses %s', (_what, change) => {
    expect(parseSignedFields(signed(change))).toBeUndefined();
  });

  it('accepts the first and the last time of 13 digits', () => {
    expect(parseSignedFields(signed({ triggeredAt: 1_000_000_000_000 }))).toBeDefined();
    expect(parseSignedFields(signed({ triggeredAt: 9_999_999_999_999 }))).toBeDefined();
  });

  it('rejects the same message split elsewhere', () => {
    const digits = String(TRIGGERED_AT);
    const resplit = { token: TOKEN + digits.slice(0, 1), triggeredAt: Number(digits.slice(1)) };
    expect(sign(resplit.token, resplit.triggeredAt)).toBe(sign(TOKEN, TRIGGERED_AT));
    expect(parseSignedFields(signed(resplit))).toBeUndefined();
  });
});

describe('the signature', () => {
  const fields = { token: TOKEN, triggeredAt: TRIGGERED_AT };

  it('is valid under any of the signing tokens, and its HMAC is the identity', () => {
    const signature = sign(TOKEN, TRIGGERED_AT, OTHER_TOKEN);
    const identity = verifySignature({ ...fields, signature }, [SIGNING_TOKEN, OTHER_TOKEN]);
    expect(identity?.toString('hex')).toBe(signature);
  });

  it('is rejected under another token, and without any', () => {
    const signature = sign(TOKEN, TRIGGERED_AT, OTHER_TOKEN);
    expect(verifySignature({ ...fields, signature }, [SIGNING_TOKEN])).toBeUndefined();
    expect(verifySignature({ ...fields, signature }, [])).toBeUndefined();
  });

  it('matches the formula for any time and key, and no other key', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
        fc.string({ minLength: 1 }),
        (triggeredAt, key) => {
          const signature = sign(TOKEN, triggeredAt, key);
          const good = verifySignature({ token: TOKEN, triggeredAt, signature }, [key]);
          const bad = verifySignature({ token: TOKEN, triggeredAt, signature }, [`${key} `]);
          expect(good?.toString('hex')).toBe(signature);
          expect(bad).toBeUndefined();
        },
      ),
    );
  });
});

describe('a delivery', () => {
  it('names what it is about', () => {
    const data = { opportunityId: 'an-opportunity', toStageId: 'offer', candidateId: 'another' };
    const parsed = parseDelivery(bytesOf(signed({ event: 'candidateStageChange', data })), [
      SIGNING_TOKEN,
    ]);
    expect(parsed).toMatchObject({
      kind: 'delivery',
      delivery: {
        event: 'candidateStageChange',
        opportunityId: 'an-opportunity',
        toStageId: 'offer',
        isEmpty: false,
      },
    });
  });

  it.each([
    [
      'names the stage that was left',
      { fromStageId: 'applicant-new' },
      { fromStageId: 'applicant-new' },
    ],
    ['says that a candidate was archived', { toArchived: { archivedAt: 1 } }, { isArchived: true }],
    ['says that they were un-archived', { toArchived: null }, { isArchived: false }],
  ])('%s', (_what, told, announced) => {
    const data = { opportunityId: 'an-opportunity', ...told };
    const parsed = parseDelivery(bytesOf(signed({ event: 'candidateArchiveChange', data })), [
      SIGNING_TOKEN,
    ]);
    expect(parsed).toMatchObject({ delivery: announced });
  });

  it('without data is Verify Connection', () => {
    const parsed = parseDelivery(bytesOf(signed({ event: 'candidateHired', data: {} })), [
      SIGNING_TOKEN,
    ]);
    expect(parsed).toMatchObject({ kind: 'delivery', delivery: { isEmpty: true } });
  });

  it('with an event that contains a terminal command is accepted without the command', () => {
    const body = bytesOf(signed({ event: 'x\u009b2J\u007f', data: {} }));
    expect(parseDelivery(body, [SIGNING_TOKEN])).toMatchObject({
      kind: 'delivery',
      delivery: { event: 'x?2J?' },
    });
  });

  it('signed by its own token is recognised as the mix-up', () => {
    const body = signed({ event: 'candidateHired', data: {} });
    expect(parseDelivery(bytesOf(body), [TOKEN])).toEqual({ kind: 'forged', isTokenMixup: true });
    expect(parseDelivery(bytesOf(body), [OTHER_TOKEN])).toEqual({
      kind: 'forged',
      isTokenMixup: false,
    });
  });

  const malformed: [string, Uint8Array][] = [
    ['no JSON', Buffer.from('{"token":')],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['a list', bytesOf([signed()])],
    ['null', bytesOf(null)],
    ['with a token of another shape', bytesOf({ ...signed(), token: 'x' })],
    ['without an event', bytesOf(signed({ data: {} }))],
    ['with data that is a list', bytesOf(signed({ event: 'candidateHired', data: [] }))],
    ['with an id that is a number', bytesOf(signed({ event: 'x', data: { opportunityId: 7 } }))],
    ...['a/b', '..', 'a\u001b[2J', 'x'.repeat(201), '\ud800'].map((id): [string, Uint8Array] => [
      `with the id ${JSON.stringify(id).slice(0, 20)}`,
      bytesOf(signed({ event: 'x', data: { opportunityId: id } })),
    ]),
    ['with a stage that is an object', bytesOf(signed({ event: 'x', data: { toStageId: {} } }))],
  ];
  it.each(malformed)('%s is malformed', (_what, bytes) => {
    expect(parseDelivery(bytes, [SIGNING_TOKEN]).kind).toBe('malformed');
  });
});
