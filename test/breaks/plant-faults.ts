/**
 * `npm run test:breaks`: breaks one promise after the other, and expects the named test file to notice.
 *
 * BREAKS_ALL=1 plants each fault under every family of tests instead, and prints which of them notice: a night's work.
 */
import { readdirSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { FAULTS, type PlantedFault } from './planted-faults.js';
import { ScratchCheckout, type Outcome } from './scratch-checkout.js';

const IS_ALL = process.env.BREAKS_ALL === '1';
/** They have no tests, or none of a promise. */
const NO_FAMILY = new Set(['breaks', 'browser', 'deploy', 'docs', 'rigs', 'simulator', 'support']);
const FAMILIES = readdirSync(new URL('..', import.meta.url)).filter((name) => !NO_FAMILY.has(name));

const idle: ScratchCheckout[] = [];
afterAll(() => {
  for (const checkout of idle) checkout.remove();
});

async function plant(fault: PlantedFault, tests: string, only?: string): Promise<Outcome> {
  const checkout = idle.pop() ?? new ScratchCheckout();
  try {
    return await checkout.plant(fault, tests, only);
  } finally {
    idle.push(checkout);
  }
}

async function expectFound(fault: PlantedFault): Promise<void> {
  const { kind, why } = await plant(fault, fault.test, fault.only);
  expect(kind, why).toBe('found');
}

async function expectFoundBySome(fault: PlantedFault): Promise<void> {
  const finders: string[] = [];
  for (const family of ['src', ...FAMILIES.map((name) => `test/${name}`)]) {
    const { kind } = await plant(fault, family);
    if (kind === 'found') finders.push(family);
  }
  process.stdout.write(`${fault.promise}: ${finders.join(', ')}\n`);
  expect(finders).not.toEqual([]);
}

it.concurrent.each(FAULTS.map((fault) => [fault.promise, fault] as const))(
  '%s',
  (_promise, fault) => (IS_ALL ? expectFoundBySome(fault) : expectFound(fault)),
);
