/** docs/schemas is made from the zod definitions: `npm run docs` writes it, this notices when it is stale. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { SCHEMAS, misfits } from './report-schemas.js';

const FOLDER = fileURLToPath(new URL('../../docs/schemas', import.meta.url));

function jsonSchemaOf(command: string, schema: z.ZodType): unknown {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      // Longer than it is worth to a reader: the format says the same.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { $schema, title: `codesubmit-lever ${command} --json`, ...rest };
}

it.each(Object.entries(SCHEMAS))('docs/schemas/%s.json is current', async (name, output) => {
  const text = JSON.stringify(jsonSchemaOf(output.command, output.schema));
  const pretty = await format(text, { parser: 'json', printWidth: 100 });
  await expect(pretty).toMatchFileSnapshot(`${FOLDER}/${name}.json`);
});

it('no other file is there', () => {
  const expected = Object.keys(SCHEMAS).map((name) => `${name}.json`);
  expect(readdirSync(FOLDER).sort()).toEqual(expected.sort());
});

it('a field that is missing and one that is too much do not fit', () => {
  const rule = {
    id: 1,
    stage: { id: 's', name: 'S' },
    tag: '*',
    challenge: { id: 'c', name: 'C' },
  };
  const options = { dueDays: null, timeLimitMinutes: null, delayMinutes: 0, options: '', tags: [] };
  const whole = { ...rule, ...options, reuseDays: 365 };
  expect(misfits('rules', [whole])).toEqual([]);
  expect(misfits('rules', [{ ...rule, ...options }])).toHaveLength(1);
  expect(misfits('rules', [{ ...whole, extra: 1 }])).toHaveLength(1);
});
