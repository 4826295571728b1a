/** `doctor`: looks at everything that the integration stands on, and says of each failure what mends it. */
import type { Command } from 'commander';
import type { CheckResult, CheckStatus } from '../../app/doctor/check.js';
import type { Diagnosis } from '../../app/doctor/checks.js';
import { wrapToCells } from '../cells.js';
import type { ContextOf } from '../command-context.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import { printPaged } from '../print-paged.js';

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
          io.progress(`checking ${underWay.join(', ')}`);
        },
      });
      if (options.json === true) io.json(diagnosis);
      else {
        await printPaged(io, (page) => {
          printDiagnosis(page, diagnosis);
        });
      }
      if (unusable) setExitCode(exitCodeOf(unusable.code));
      else if (!diagnosis.healthy) setExitCode(EXIT.failed);
    });
}

/** A narrower column reads worse than what the terminal wraps. */
const LEAST_COLUMNS = 30;

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
  const room = Math.max(LEAST_COLUMNS, io.columns - width - 4);
  const [first = '', ...more] = wrapToCells(summary, room);
  const indent = ' '.repeat(width + 4);
  io.out(`${paint(SIGNS[status])} ${id.padEnd(width)}  ${first}`);
  for (const line of more) io.out(indent + line);
  // Not wrapped, so that a command can be copied whole.
  if (mend !== null) io.out(`${indent}→ ${mend}`);
}
