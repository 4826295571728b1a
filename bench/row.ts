/** One row of the table that `npm run bench` prints: what was measured, its goal, and the median of this run. */
export function printRow(what: string, goal: string, measured: string): void {
  process.stderr.write(`| ${what.padEnd(48)} | ${goal.padEnd(8)} | ${measured} |\n`);
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
