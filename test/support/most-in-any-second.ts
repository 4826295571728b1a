/** The largest number of moments, in ms, within any sliding second. */
export function mostInAnySecond(moments: readonly number[]): number {
  const sorted = moments.toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  sorted.forEach((moment, index) => {
    while (moment - sorted[first]! >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
