/**
 * A running daemon needs none of its program files: an upgrade that replaces them stops nothing.
 */
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const live = await ProgramRig.setUp();

afterAll(() => live.close());

it('continues while bin, dist and node_modules are gone, and stops in order', async () => {
  const copy = join(live.folder, 'program');
  mkdirSync(copy);
  for (const name of ['bin', 'dist', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const program = join(copy, 'bin/codesubmit-lever.js');
  const daemon = await live.serve([
    'sh',
    '-c',
    `node=$1; shift 2; exec "$node" '${program}' "$@"`,
    '-',
  ]);
  await eventually('it works', () => daemon.output.stdout.includes('"working"'));
  rmSync(copy, { recursive: true });
  await live.untilLinked(await live.arrive(daemon, 'Ada Upgraded'));
  const { code, stdout } = await daemon.kill('SIGTERM');
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/"level":"(error|fatal)"/);
});
