/**
 * Tools that break things for real. A missing one skips the test with a message, or fails where it
 * is required.
 */
import { spawnSync } from 'node:child_process';

/** True when the long forms run: every cell and every call instead of a few. */
export const isFull = process.env.FULL_FAULTS === '1';

const PROBES = {
  strace: ['strace', ['-f', '-o', '/dev/null', 'true']],
  faketime: ['faketime', ['--version']],
  gcc: ['gcc', ['--version']],
  /** The right to create a process namespace, as containers use. */
  unshare: ['unshare', ['--fork', '--pid', 'true']],
  /** The right to create a network for the test's own processes. */
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
  // For the test of the image.
  buildah: ['buildah', ['--version']],
  debootstrap: ['debootstrap', ['--version']],
  setpriv: ['setpriv', ['--version']],
} as const;

export type FaultTool = keyof typeof PROBES;

/** True if the tool works here. Throws if `REQUIRE_FAULTS=1` and it doesn't. */
export function hasTool(tool: FaultTool): boolean {
  const [command, args] = PROBES[tool];
  const works = spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (works) return true;
  if (process.env.REQUIRE_FAULTS === '1') throw new Error(`${tool} is required and does not work`);
  process.stderr.write(`skipped: ${tool} is missing or may not be used here\n`);
  return false;
}

/**
 * A command prefix: the N-th such call, on `paths` if any are given, never returns, and the whole
 * process dies.
 */
export function killerAt(call: string, number: number, paths: readonly string[] = []): string[] {
  return [
    'strace',
    ...['-f', '-qq', '-o', '/dev/null'],
    ...paths.flatMap((path) => ['-P', path]),
    ...['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${number}`],
  ];
}
