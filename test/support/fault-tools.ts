/**
 * Tools that break things for real. A missing one skips the test, or fails where it is required.
 * `missing-tools.ts` says at the end of the run what was skipped.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** True when the long forms run: every cell and every call instead of a few. */
export const isFull = process.env.FULL_FAULTS === '1';

/** Debian's. */
export const CHROMIUM = JSON.parse(
  readFileSync(new URL('../browser/chromium.json', import.meta.url), 'utf8'),
) as { executablePath: string; args: string[] };

const PROBES = {
  strace: ['strace', ['-f', '-o', '/dev/null', 'true']],
  faketime: ['faketime', ['--version']],
  gcc: ['gcc', ['--version']],
  /** The right to create a process namespace, as containers use. */
  unshare: ['unshare', ['--fork', '--pid', 'true']],
  /** The right to mount a small disk. */
  mount: [
    'sh',
    ['-c', 'f=$(mktemp -d) && mount -t tmpfs none "$f" && umount "$f"; e=$?; rmdir "$f"; exit $e'],
  ],
  'systemd-analyze': ['systemd-analyze', ['--version']],
  'systemd-notify': ['systemd-notify', ['--version']],
  tmux: ['tmux', ['-V']],
  less: ['less', ['--version']],
  chromium: ['sh', ['-c', `command -v chromium && test -x ${CHROMIUM.executablePath}`]],
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
  const { MISSING_TOOLS } = process.env;
  const file = String(expect.getState().testPath);
  if (MISSING_TOOLS !== undefined) appendFileSync(join(MISSING_TOOLS, tool), `${file}\n`);
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
