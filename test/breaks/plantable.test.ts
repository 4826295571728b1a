/** Every fault can still be planted: the line is there, once. `npm run test:breaks` shows whether a test notices it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAULTS, type PlantedFault } from './planted-faults.js';
import { planted } from './scratch-checkout.js';

function complaintAbout(fault: PlantedFault): string[] {
  const source = new URL(`../../${fault.file}`, import.meta.url);
  try {
    planted(readFileSync(source, 'utf8'), fault);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

it('each planted fault finds its line', () => {
  expect(FAULTS.flatMap(complaintAbout)).toEqual([]);
});
