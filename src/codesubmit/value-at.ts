/** Looks a dotted path up in a parsed reply; list positions are numbers: `links.0.url`. */

import { isPlainText } from '../domain/vendor-text.js';

/** The value, or undefined where the path leads nowhere. Own properties only: a reply can't reach a prototype. */
export function valueAt(reply: unknown, dottedPath: string): unknown {
  return dottedPath.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string, unknown>)[key];
  }, reply);
}

/** An id as text, whether the vendor gives a string or a number; null for anything else that can't be one. */
export function idText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' && isPlainText(value) ? value : null;
}
