/** `doctor`: looks at everything that the integration stands on, and says of each failure what mends it. */
import type { Command } from 'commander';
import type { CheckResult, CheckStatus } from '../../app/doctor/check.js';
import type { Diagnosis } from '../../app/doctor/checks.js';
import type { ContextOf } from '../command-context.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import type { Io } from '../io.js';

interface DoctorOptions {
  json?: boolean;
}

export function addDoctor(program: Command, contextOf: ContextOf): void {
  program
    .command('doctor')
    .description('check everything; each failure comes with the command that mends it')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExits with 1 when a check fails; a warning is no failure.\n' +
        '\nExample:\n  $ codesubmit-lever doctor\n  $ codesubmit-lever doctor --json',
    )
    .action(async (options: DoctorOptions) => {
      const { io, home, surroundings, setExitCode } = await contextOf();
      const { examine } = await import('../../app/doctor/checks.js');
      const { diagnosis, unusable } = await examine(home, surroundings, {
        onProgress: (underWay) => {
          io.progress(describe(underWay, io.columns));
        },
      });
      if (options.json === true) io.json(diagnosis);
      else printDiagnosis(io, diagnosis);
      if (unusable) setExitCode(exitCodeOf(unusable.code));
      else if (!diagnosis.healthy) setExitCode(EXIT.failed);
    });
}

/** In one line: a longer one could not replace itself. */
function describe(underWay: readonly string[], columns: number): string {
  const line = `checking ${underWay.join(', ')}`;
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

const SIGNS: Record<CheckStatus, string> = { pass: '✓', warn: '!', fail: '✗' };

function printDiagnosis(io: Io, { checks }: Diagnosis): void {
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const check of checks) printCheck(io, check, width);
  const n = (status: CheckStatus) => String(checks.filter((one) => one.status === status).length);
  io.out('');
  io.out(`${n('fail')} failed, ${n('warn')} to look at, ${n('pass')} fine`);
}

function printCheck(io: Io, { id, status, summary, mend }: CheckResult, width: number): void {
  const paint = { pass: io.paint.green, warn: io.paint.yellow, fail: io.paint.red }[status];
  io.out(`${paint(SIGNS[status])} ${id.padEnd(width)}  ${summary}`);
  if (mend !== null) io.out(`${' '.repeat(width + 4)}→ ${mend}`);
}
