/** How to kill a process from outside at its N-th system call of a kind. */

/**
 * A command to put before another: its N-th such call, of those on `paths` if any are given, never returns, and the
 * whole process is dead.
 */
export function killerAt(call: string, number: number, paths: readonly string[] = []): string[] {
  return [
    'strace',
    ...['-f', '-qq', '-o', '/dev/null'],
    ...paths.flatMap((path) => ['-P', path]),
    ...['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${number}`],
  ];
}
