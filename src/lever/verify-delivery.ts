/** Turns a request's bytes into a delivery, or into the reason why it isn't one. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isPlainId, shortName } from '../domain/vendor-text.js';
import type { Delivery } from '../store/deliveries.js';

const TOKEN = /^[0-9a-f]{48}$/i;
const SIGNATURE = /^[0-9a-f]{64}$/;
/** Lever's times have 13 digits: epoch ms from 2001 to 2286. */
const MIN_TRIGGERED_AT = 1_000_000_000_000;
const MAX_TRIGGERED_AT = 9_999_999_999_999;

/** The signed part of a delivery, with its formats checked. */
interface SignedFields {
  token: string;
  /** Epoch ms. */
  triggeredAt: number;
  signature: string;
}

/**
 * The three signed fields when all have Lever's formats, else undefined. The formats matter, because the signed message
 * is token and time without a separator: token `abc1` at time 764… would have the same signature as token `abc` at
 * 1764….
 */
export function parseSignedFields(
  body: Readonly<Record<string, unknown>>,
): SignedFields | undefined {
  const { token, triggeredAt, signature } = body;
  if (typeof token !== 'string' || !TOKEN.test(token)) return undefined;
  if (typeof triggeredAt !== 'number' || !Number.isInteger(triggeredAt)) return undefined;
  if (triggeredAt < MIN_TRIGGERED_AT || triggeredAt > MAX_TRIGGERED_AT) return undefined;
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return undefined;
  return { token, triggeredAt, signature };
}

/**
 * Our own HMAC of a delivery under a signing token: the 32 bytes that Lever's signature is the hex of, if it is
 * genuine.
 */
export function sign(
  { token, triggeredAt }: Pick<SignedFields, 'token' | 'triggeredAt'>,
  signingToken: string,
): Buffer {
  return createHmac('sha256', signingToken)
    .update(token + String(triggeredAt))
    .digest();
}

/**
 * Verifies a signature. If it was made with one of the signing tokens, returns the 32 bytes of our own HMAC, the
 * delivery's identity; else undefined. Lever documents hex(HMAC-SHA256(signing token, token + triggeredAt)), in the
 * body. The signature doesn't cover `data`.
 */
export function verifySignature(
  fields: SignedFields,
  signingTokens: readonly string[],
): Buffer | undefined {
  const given = Buffer.from(fields.signature, 'hex');
  return signingTokens
    .map((signingToken) => sign(fields, signingToken))
    .find((computed) => timingSafeEqual(computed, given));
}

type ParsedDelivery =
  | { kind: 'delivery'; delivery: Delivery }
  | { kind: 'malformed'; why: string }
  /** `isTokenMixup`: the admin pasted a delivery's `token` instead of the signing token. */
  | { kind: 'forged'; isTokenMixup: boolean };

type Fields = Record<string, unknown>;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Whether the value is an object with named fields: neither a list nor null. */
function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The request's body if it is a JSON object in valid UTF-8; else undefined. */
function parseBody(bytes: Uint8Array): Fields | undefined {
  try {
    const body: unknown = JSON.parse(UTF8.decode(bytes));
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** An optional id: a string, null when absent, undefined when it is something else. */
function parseId(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' && isPlainId(value) ? value : undefined;
}

/**
 * What the delivery says, beside what is signed. An id that it leaves out is null. Undefined if its event, `data`,
 * opportunity or new stage is malformed.
 */
function parseContent(body: Fields): Omit<Delivery, 'identity' | 'triggeredAt'> | undefined {
  const { event, data = {} } = body;
  if (typeof event !== 'string' || !isObject(data)) return undefined;
  const opportunityId = parseId(data.opportunityId);
  const toStageId = parseId(data.toStageId);
  // Left out below if it is unusable: a delivery is useful without it.
  const fromStageId = parseId(data.fromStageId);
  if (opportunityId === undefined || toStageId === undefined) return undefined;
  return {
    // Without characters that a terminal would obey: the signature doesn't cover the event, so it may be anyone's.
    event: shortName(event.replaceAll(/\p{C}/gu, '?')),
    opportunityId,
    toStageId,
    ...(fromStageId && { fromStageId }),
    // Null means unarchived.
    ...(data.toArchived !== undefined && { isArchived: data.toArchived !== null }),
    // Verify Connection sends no data.
    isEmpty: Object.keys(data).length === 0,
  };
}

/** Parses a delivery. Checks the signature before it trusts anything else in the body. Never throws. */
export function parseDelivery(bytes: Uint8Array, signingTokens: readonly string[]): ParsedDelivery {
  const body = parseBody(bytes);
  if (!body) return { kind: 'malformed', why: 'the body is not a JSON object' };
  const signed = parseSignedFields(body);
  if (!signed) return { kind: 'malformed', why: 'token, triggeredAt or signature is malformed' };
  const identity = verifySignature(signed, signingTokens);
  if (!identity) {
    // A mix-up: the admin has stored this delivery's token as signing token.
    return { kind: 'forged', isTokenMixup: signingTokens.includes(signed.token) };
  }
  const content = parseContent(body);
  if (!content) return { kind: 'malformed', why: 'event or data is malformed' };
  return {
    kind: 'delivery',
    delivery: { identity, triggeredAt: signed.triggeredAt, ...content },
  };
}
