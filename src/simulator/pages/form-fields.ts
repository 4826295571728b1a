// What forms send, checked: texts, lists from boxes, lists typed with commas.
import { z } from 'zod';

export const noFields = z.strictObject({});
export const filled = z.string().trim().min(1, 'must be filled in');
export const optionalText = z.string().trim().default('');

/** Boxes of one name: none, one or several. */
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
