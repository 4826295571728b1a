/** Numbers and lengths of time as sentences have them. */

export function count(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `one ${one}` : `${String(n)} ${many}`;
}

const UNITS: readonly [ms: number, name: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** A length of time in its largest unit, such as `3 hours`. */
export function inWords(ms: number): string {
  const [unitMs, name] = UNITS.find(([unit]) => ms >= unit) ?? [1_000, 'second'];
  return count(Math.round(ms / unitMs), name);
}
