/**
 * `npm run test:breaks`: breaks one promise after the other, and expects the named test file to notice.
 *
 * BREAKS_ALL=1 plants each fault under every family of tests instead, and prints which of them notice: a night's work,
 * which BREAKS_SHARD=1/4 shares out.
 */
import { readdirSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { FAULTS, type PlantedFault } from './planted-faults.js';
import { ScratchCheckout, type Outcome } from './scratch-checkout.js';

const { BREAKS_ALL, BREAKS_SHARD = '1/1' } = process.env;
const IS_ALL = BREAKS_ALL === '1';
const [SHARD = 1, SHARDS = 1] = BREAKS_SHARD.split('/').map(Number);
const CHOSEN = FAULTS.filter((_, index) => index % SHARDS === SHARD - 1);
/** They have no tests, or none of a promise. */
const NO_FAMILY = new Set(['breaks', 'browser', 'deploy', 'docs', 'rigs', 'simulator', 'support']);
const FAMILIES = readdirSync(new URL('..', import.meta.url)).filter((name) => !NO_FAMILY.has(name));

const idle: ScratchCheckout[] = [];
afterAll(() => Promise.all(idle.map((checkout) => checkout.remove())));

async function plant(fault: PlantedFault, tests: string, only?: string): Promise<Outcome> {
  const checkout = idle.pop() ?? new ScratchCheckout();
  try {
    return await checkout.plant(fault, tests, only);
  } finally {
    idle.push(checkout);
  }
}

async function expectFound(fault: PlantedFault): Promise<void> {
  const began = performance.now();
  const { kind, why } = await plant(fault, fault.test, fault.only);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  process.stdout.write(`${seconds} s: ${fault.promise}: ${kind} by “${why}”\n`);
  expect(kind, why).toBe('found');
}

async function expectFoundBySome(fault: PlantedFault): Promise<void> {
  const finders: string[] = [];
  for (const family of ['src', ...FAMILIES.map((name) => `test/${name}`)]) {
    const { kind } = await plant({ ...fault, needsBuild: true }, family);
    if (kind === 'found') finders.push(family);
  }
  process.stdout.write(`${fault.promise}: ${finders.join(', ')}\n`);
  expect(finders).not.toEqual([]);
}

it.concurrent.each(CHOSEN.map((fault) => [fault.promise, fault] as const))(
  '%s',
  (_promise, fault) => (IS_ALL ? expectFoundBySome(fault) : expectFound(fault)),
);
