/** Turns a request's bytes into a delivery, or into the reason why it is none. */
import { isPlainId, isPlainText } from '../domain/vendor-text.js';
import type { Delivery } from '../inbox/delivery-rows.js';
import { parseSignedFields, verifySignature } from './signature.js';

export type ParsedDelivery =
  | { kind: 'delivery'; delivery: Delivery }
  | { kind: 'malformed'; why: string }
  /** `isTokenMixup`: the admin pasted a delivery's `token` where the signing token belongs. */
  | { kind: 'forged'; isTokenMixup: boolean };

type Fields = Record<string, unknown>;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseBody(bytes: Uint8Array): Fields | undefined {
  try {
    const body: unknown = JSON.parse(UTF8.decode(bytes));
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** An id that may be left out: a string, null for absent, undefined when it is something else. */
function parseId(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' && isPlainId(value) ? value : undefined;
}

function parseContent(body: Fields): Omit<Delivery, 'identity' | 'triggeredAt'> | undefined {
  const { event, data = {} } = body;
  if (typeof event !== 'string' || !isPlainText(event) || !isObject(data)) return undefined;
  const opportunityId = parseId(data.opportunityId);
  const toStageId = parseId(data.toStageId);
  if (opportunityId === undefined || toStageId === undefined) return undefined;
  return { event, opportunityId, toStageId, isEmpty: Object.keys(data).length === 0 };
}

/** The signature is checked before anything else of the content is believed. Never throws. */
export function parseDelivery(bytes: Uint8Array, signingTokens: readonly string[]): ParsedDelivery {
  const body = parseBody(bytes);
  if (!body) return { kind: 'malformed', why: 'the body is no JSON object' };
  const signed = parseSignedFields(body);
  if (!signed)
    return { kind: 'malformed', why: 'token, triggeredAt or signature is not well-formed' };
  const identity = verifySignature(signed, signingTokens);
  if (!identity) {
    return { kind: 'forged', isTokenMixup: signingTokens.includes(signed.token) };
  }
  const content = parseContent(body);
  if (!content) return { kind: 'malformed', why: 'event or data is not well-formed' };
  return {
    kind: 'delivery',
    delivery: { identity, triggeredAt: signed.triggeredAt, ...content },
  };
}
