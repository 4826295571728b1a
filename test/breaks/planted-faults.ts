/** Reads `planted-faults.diff`, which says how its faults are written. */
import { readFileSync } from 'node:fs';

export interface PlantedFault {
  promise: string;
  /** From the top of the checkout. */
  file: string;
  line: string;
  broken: string;
  /** A file or a folder. */
  test: string;
  /** Part of the name of the test that finds it, where the whole file would take long. */
  only: string | undefined;
  /** The test starts the built program. */
  needsBuild: boolean;
}

const START_THE_PROGRAM = new Set([
  'test/acceptance/public-address.test.ts',
  'test/acceptance/stopping.test.ts',
  'test/cli/backup.test.ts',
  'test/cli/newer-schema.test.ts',
  'test/cli/refusals.test.ts',
  'test/crash/core-dump.test.ts',
  'test/setup/kept-rules.test.ts',
  'test/setup/obstacles.test.ts',
]);

/** Blocks between empty lines: first what is said of the whole, then files with their test, each before its faults. */
function parseFaults(text: string): PlantedFault[] {
  const faults: PlantedFault[] = [];
  let [file, test] = ['', ''];
  for (const block of text.trimEnd().split('\n\n').slice(1)) {
    const [promise = '', ...rest] = block.split('\n');
    if (promise.startsWith('src/')) {
      [file, test] = [promise, rest.join()];
      continue;
    }
    const after = (sign: string): string[] =>
      rest.filter((line) => line.startsWith(`${sign} `)).map((line) => line.slice(2));
    const [only] = after('@');
    const [line, broken] = [after('-'), after('+')];
    const read = line.length + broken.length + (only === undefined ? 0 : 1);
    if (line.length === 0 || read < rest.length) throw new Error(`not a fault: ${block}`);
    const needsBuild = START_THE_PROGRAM.has(test);
    const texts = { line: line.join('\n'), broken: broken.join('\n') };
    faults.push({ promise, file, test, only, ...texts, needsBuild });
  }
  return faults;
}

export const FAULTS: readonly PlantedFault[] = parseFaults(
  readFileSync(new URL('planted-faults.diff', import.meta.url), 'utf8'),
);
