/** A copy of the checkout in which one line at a time is broken. The working tree is never touched. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlantedFault } from './planted-faults.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['bin', 'deploy', 'docs', 'scripts', 'src', 'test'];
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

interface Report {
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

export class ScratchCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-breaks-'));

  constructor() {
    const isOurs = (path: string): boolean => !path.includes('node_modules');
    for (const name of [...COPIED, ...COPIED_FILES]) {
      cpSync(join(ROOT, name), join(this.folder, name), { recursive: true, filter: isOurs });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Plants the fault, runs that test file or folder, in it what bears that name, and takes the fault out again. Throws if it can't be planted. */
  async plant(fault: PlantedFault, tests: string, only?: string): Promise<Outcome> {
    const file = join(this.folder, 'src', fault.file);
    const sound = readFileSync(file, 'utf8');
    writeFileSync(file, planted(sound, fault));
    try {
      if (fault.needsBuild === true) await this.#run('scripts/build.js');
      return await this.#runTests(tests, only);
    } finally {
      writeFileSync(file, sound);
    }
  }

  async #runTests(tests: string, only?: string): Promise<Outcome> {
    const output = join(this.folder, 'report.json');
    rmSync(output, { force: true });
    const words = ['node_modules/vitest/vitest.mjs', 'run', tests];
    if (only !== undefined) words.push('-t', only.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const printed = await this.#run(...words, '--reporter=json', `--outputFile=${output}`);
    try {
      return outcomeOf(JSON.parse(readFileSync(output, 'utf8')) as Report);
    } catch {
      return { kind: 'crashed', why: printed };
    }
  }

  /** Resolves with what it printed, whatever its exit code. */
  #run(...words: string[]): Promise<string> {
    return new Promise((resolve) => {
      const env = { ...process.env, SEED: process.env.SEED ?? '1' };
      const options = { cwd: this.folder, env, maxBuffer: 100_000_000 };
      execFile(process.execPath, words, options, (_error, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
  }
}

/** The source with the fault in it. Throws, with the file's name, if its line isn't there exactly once. */
export function planted(source: string, { file, line, broken, promise }: PlantedFault): string {
  const count = source.split(line).length - 1;
  if (count === 1) return source.replace(line, () => broken);
  const found = count === 0 ? 'no longer holds' : `holds ${String(count)} times`;
  throw new Error(
    `Can’t break “${promise}”: src/${file} ${found}: ${line}\nPlant it in the line that does this job now.`,
  );
}

/** A typo in the fault would make any test fail. */
const OF_THE_LANGUAGE = /^(?:SyntaxError|TypeError|ReferenceError|RangeError)/;

function outcomeOf({ testResults }: Report): Outcome {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed');
  const shown = failed.find(
    ({ failureMessages: [message = ''] = [] }) => !OF_THE_LANGUAGE.test(message),
  );
  if (shown) return { kind: 'found', why: shown.fullName };
  const [unloaded] = testResults.filter(({ message }) => message !== '');
  if (failed.length === 0 && !unloaded && tests.some(({ status }) => status === 'passed')) {
    return { kind: 'missed', why: 'every test passes' };
  }
  return {
    kind: 'crashed',
    why: failed[0]?.failureMessages?.[0] ?? unloaded?.message ?? 'no test ran',
  };
}
