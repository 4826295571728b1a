/** A copy of the checkout in which one line at a time is broken. The working tree is never touched. */
import { execFile, fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PlantedFault } from './planted-faults.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['bin', 'deploy', 'dist', 'docs', 'scripts', 'src', 'test'];
const COPIED_FILES = [
  'CHANGELOG.md',
  'README.md',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

export interface Outcome {
  /** `crashed`: a test failed, but by an error of the language, or none ran. */
  kind: 'found' | 'missed' | 'crashed';
  /** The first failed test, or the error. */
  why: string;
}

export class ScratchCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-breaks-'));

  #vitest: ChildProcess | undefined;
  #ended: Promise<undefined> | undefined;
  readonly #changed = new Set<string>();

  constructor() {
    const isOurs = (path: string): boolean => !path.includes('node_modules');
    for (const name of [...COPIED, ...COPIED_FILES]) {
      cpSync(join(ROOT, name), join(this.folder, name), { recursive: true, filter: isOurs });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  async remove(): Promise<void> {
    if (this.#vitest?.connected) {
      this.#vitest.disconnect();
      await this.#ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Plants the fault, runs that test file or folder, in it what bears that name, and takes the fault out again. Throws if it can't be planted. */
  async plant(fault: PlantedFault, tests: string, only?: string): Promise<Outcome> {
    const file = join(this.folder, fault.file);
    const sound = readFileSync(file, 'utf8');
    writeFileSync(file, planted(sound, fault));
    try {
      if (fault.needsBuild) await this.#build();
      this.#changed.add(file);
      return await this.#runTests(tests, only);
    } finally {
      writeFileSync(file, sound);
      if (fault.needsBuild) {
        cpSync(join(ROOT, 'dist'), join(this.folder, 'dist'), { recursive: true, force: true });
      }
    }
  }

  async #runTests(tests: string, words?: string): Promise<Outcome> {
    const only = words?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const vitest = (this.#vitest ??= await this.#startVitest());
    vitest.send({ changed: [...this.#changed], tests, only });
    const answered = once(vitest, 'message').then(([outcome]: Outcome[]) => outcome);
    return (
      (await Promise.race([answered, this.#ended])) ?? { kind: 'crashed', why: 'vitest ended' }
    );
  }

  async #startVitest(): Promise<ChildProcess> {
    const env = { ...process.env, SEED: process.env.SEED ?? '1' };
    const options = { cwd: this.folder, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] };
    const vitest = fork(join(this.folder, 'test/breaks/warm-vitest.js'), options as ForkOptions);
    this.#ended = once(vitest, 'exit').then(() => undefined);
    await once(vitest, 'message');
    return vitest;
  }

  async #build(): Promise<void> {
    await promisify(execFile)(process.execPath, ['scripts/build.js'], { cwd: this.folder });
  }
}

/** The source with the fault in it. Throws, with the file's name, if its line isn't there exactly once. */
export function planted(source: string, { file, line, broken, promise }: PlantedFault): string {
  const count = source.split(line).length - 1;
  if (count === 1) return source.replace(line, () => broken);
  const found = count === 0 ? 'no longer holds' : `holds ${String(count)} times`;
  throw new Error(
    `Can’t break “${promise}”: ${file} ${found}: ${line}\nPlant it in the line that does this job now.`,
  );
}
