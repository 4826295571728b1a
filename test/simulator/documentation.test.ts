// Keeps the table of switches in docs/simulator.md complete and true.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeSubmitSwitchesSchema } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import { leverSwitchesSchema } from '../../src/simulator/lever/lever-switches.js';

const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
const [, leverTable = '', codeSubmitTable = ''] = page.split(/^### (?:Lever|CodeSubmit)$/m);

function rows(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

const here = new URL('./', import.meta.url);
const tests = readdirSync(here)
  .map((name) => readFileSync(new URL(name, here), 'utf8'))
  .join('\n');

describe.each([
  ['Lever', leverTable, leverSwitchesSchema],
  ['CodeSubmit', codeSubmitTable, codeSubmitSwitchesSchema],
] as const)('the table for %s', (_vendor, table, schema) => {
  it('has every switch', () => {
    const named = rows(table).flatMap(([, , cell = '']) => /^`(\w+)`/.exec(cell)?.[1] ?? []);
    expect(named).toEqual(expect.arrayContaining(Object.keys(schema.shape)));
  });

  it('names a test that exists in every row', () => {
    for (const [, , , title = ''] of rows(table)) expect(tests).toContain(`it('${title}'`);
  });
});
