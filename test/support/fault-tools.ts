/** Tools that break things for real. One that is missing is a skip that says so, or a failure where they are required. */
import { spawnSync } from 'node:child_process';

/** Whether the long forms run: every cell and every call instead of a chosen few. */
export const isFull = process.env.FULL_FAULTS === '1';

const PROBES = {
  strace: ['strace', ['-f', '-o', '/dev/null', 'true']],
  faketime: ['faketime', ['--version']],
  gcc: ['gcc', ['--version']],
  /** The right to make a namespace of processes, as containers are. */
  unshare: ['unshare', ['--fork', '--pid', 'true']],
  /** The right to make a network that only the test's own processes are in. */
  namespace: ['unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']],
  /** The right to mount a small disk. */
  mount: [
    'sh',
    ['-c', 'f=$(mktemp -d) && mount -t tmpfs none "$f" && umount "$f"; e=$?; rmdir "$f"; exit $e'],
  ],
  'systemd-analyze': ['systemd-analyze', ['--version']],
  'systemd-notify': ['systemd-notify', ['--version']],
  fish: ['fish', ['--version']],
  zsh: ['zsh', ['--version']],
  nginx: ['nginx', ['-v']],
  caddy: ['caddy', ['version']],
  openssl: ['openssl', ['version']],
  // Of the image's own test.
  buildah: ['buildah', ['--version']],
  debootstrap: ['debootstrap', ['--version']],
  setpriv: ['setpriv', ['--version']],
} as const;

export type FaultTool = keyof typeof PROBES;

/** Whether the tool works here. Throws where `REQUIRE_FAULTS=1` and it does not. */
export function hasTool(tool: FaultTool): boolean {
  const [command, args] = PROBES[tool];
  const works = spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (works) return true;
  if (process.env.REQUIRE_FAULTS === '1') throw new Error(`${tool} is required and does not work`);
  process.stderr.write(`skipped: ${tool} is missing or may not be used here\n`);
  return false;
}

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
