// The type of a route of the simulated Lever API: the right it needs, and what it does.
import { badRequest } from '../simulated-error.js';
import type { Grant, LeverRight } from './lever-access.js';
import type { Query } from './lever-page.js';
import type { LeverWorld } from './lever-world.js';

export interface LeverCall {
  world: LeverWorld;
  grant: Grant;
  /** The path parameter `:id`. */
  id: string;
  query: Query;
  body: unknown;
  performAs: string | null;
}

export interface LeverAnswer {
  status?: number;
  body?: unknown;
}

export interface LeverRoute {
  method: 'GET' | 'POST';
  /** Without `/v1`. */
  path: string;
  right: LeverRight;
  answer: (call: LeverCall) => LeverAnswer;
}

/** Fields that Lever doesn't have (yet), in every record, because clients must tolerate them. */
export const laterFields = { addedLater: { by: 'the simulator', values: [1, null, 'x'] } };

/** The list of texts in that field of the body. @throws a 400 if it is anything else. */
export function textsIn(body: unknown, field: string): string[] {
  const value = fieldOf(body, field);
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isTexts) throw badRequest(`"${field}" must be an array of strings`);
  return value;
}

/** A field of the body; undefined if the body has none, or is no object. */
export function fieldOf(body: unknown, field: string): unknown {
  return typeof body === 'object' && body !== null
    ? (body as Record<string, unknown>)[field]
    : undefined;
}
