/** Lever's webhook signature: who may speak to us, and which delivery this is. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOKEN = /^[0-9a-f]{48}$/i;
const SIGNATURE = /^[0-9a-f]{64}$/;
/** 13 digits: epoch ms from 2001 to 2286. */
const MIN_TRIGGERED_AT = 1_000_000_000_000;
const MAX_TRIGGERED_AT = 9_999_999_999_999;

/** The signed part of a delivery, its shapes checked. */
export interface SignedFields {
  token: string;
  /** Epoch ms. */
  triggeredAt: number;
  signature: string;
}

/**
 * The three fields when all have Lever's shapes, else undefined. The shapes matter: the signed message is token and
 * time without a separator, so without them (token + "1", 764…) would sign like (token, 1764…).
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

/** The 32 bytes that Lever's signature is the hex of. */
export function sign(
  { token, triggeredAt }: Pick<SignedFields, 'token' | 'triggeredAt'>,
  signingToken: string,
): Buffer {
  return createHmac('sha256', signingToken)
    .update(token + String(triggeredAt))
    .digest();
}

/**
 * The delivery's identity, the 32 bytes of the HMAC that we computed, when the signature was made under one of the
 * signing tokens; else undefined. Lever documents hex(HMAC-SHA256(signing token, token + triggeredAt)), in the body.
 * Its `data` is not covered.
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
