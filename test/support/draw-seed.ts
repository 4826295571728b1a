/** Draws the seed of a run, and prints it before and after. `SEED=…` repeats a run. */
import { randomInt } from 'node:crypto';

function print(): void {
  process.stderr.write(`SEED=${String(process.env.SEED)}\n`);
}

export function setup(): void {
  process.env.SEED ??= String(randomInt(2 ** 31));
  print();
}

export const teardown = print;
