// What forms send, checked: texts, lists from checkboxes, comma-separated lists.
import { z } from 'zod';

export const noFields = z.strictObject({});
export const filled = z.string().trim().min(1, 'is required');
export const optionalText = z.string().trim().default('');

/** Checkboxes of one name: none, one or several. */
export function boxes<Value extends string>(values: readonly Value[]) {
  const value = z.enum(values);
  return z
    .union([z.array(value), value.transform((one) => [one])])
    .default([])
    .transform((list) => [...list]);
}

/** `a, b` → `['a', 'b']`. */
export const commaList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
