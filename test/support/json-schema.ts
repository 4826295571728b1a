/** The published JSON Schemas, to hold real output against. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What of `value` does not fit docs/schemas/NAME.json; empty when it fits. */
export function misfits(name: string, value: unknown): string[] {
  const file = new URL(`../../docs/schemas/${name}.json`, import.meta.url);
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')) as { type: 'object' });
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}
