/** `doctor`: looks at everything that the integration stands on, and says of each failure what fixes it. */
import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError, messageOf } from '../../domain/errors.js';
import type { CheckResult, CheckStatus } from '../../operate/doctor/check.js';
import type { Diagnosis } from '../../operate/doctor/checks.js';
import type { ContextOf } from '../command-context.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { type Io, printPaged } from '../terminal/io.js';
import { wrapProse } from '../terminal/wrap-prose.js';

interface DoctorOptions {
  json?: boolean;
  report?: string;
}

export function addDoctor(program: Command, contextOf: ContextOf): void {
  program
    .command('doctor')
    .description('check everything; each failure comes with the command that fixes it')
    .option('--json', 'as JSON')
    .option(
      '--report <FILE>',
      'write a report for support, without names or values, to a new file; - for standard output',
    )
    .addHelpText(
      'after',
      '\nExits with 1 when a check fails; a warning is no failure.\n' +
        '\nExample:\n  $ codesubmit-lever doctor\n  $ codesubmit-lever doctor --json\n  $ codesubmit-lever doctor --report report.json',
    )
    .action(async (options: DoctorOptions) => {
      const { io, home, runtime, setExitCode } = await contextOf();
      const { openApp } = await import('../../app/open-app.js');
      const { runDoctor } = await import('../../operate/doctor/checks.js');
      refuseReport(options);
      const open = () => openApp(home, runtime);
      const { diagnosis, report, unusable } = await runDoctor(
        { home, runtime, open },
        {
          isReported: options.report !== undefined,
          onProgress: (underWay) => {
            io.progress(`checking ${underWay.join(', ')}`);
          },
        },
      );
      if (options.report === '-') io.json(report);
      else if (options.json === true) io.json(diagnosis);
      else {
        await printPaged(io, (page) => {
          printDiagnosis(page, diagnosis);
        });
      }
      if (options.report !== undefined && options.report !== '-') {
        writeReport(options.report, report);
        io.say(`The report is in ${options.report}. Read it before you send it.`);
      }
      if (unusable) setExitCode(exitCodeOf(unusable.code));
      else if (!diagnosis.healthy) setExitCode(EXIT.failed);
    });
}

/** Before anything is asked of a vendor. Throws `usage`. */
function refuseReport({ json, report }: DoctorOptions): void {
  if (report === '-' && json === true) {
    throw new AppError(
      'usage',
      'Both --json and --report - write to standard output.',
      'Name a file: codesubmit-lever doctor --json --report FILE',
    );
  }
  if (report !== undefined && report !== '-' && existsSync(report)) throw isThere(report);
}

function isThere(file: string): AppError {
  return new AppError(
    'usage',
    `The file ${file} exists already.`,
    'Name a new one: codesubmit-lever doctor --report FILE',
  );
}

/** Nobody else may read it, and no other file is overwritten. Throws `usage`. */
function writeReport(file: string, report: unknown): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw isThere(file);
    throw new AppError(
      'usage',
      `The file ${file} can’t be written: ${messageOf(error)}.`,
      'Name another: codesubmit-lever doctor --report FILE',
      error,
    );
  }
}

/** A narrower column reads worse than what the terminal wraps. */
const LEAST_COLUMNS = 30;

const SIGNS: Record<CheckStatus, string> = { pass: '✓', warn: '!', fail: '✗' };

function printDiagnosis(io: Io, { checks }: Diagnosis): void {
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const check of gathered(checks)) printCheck(io, check, width);
  const n = (status: CheckStatus) => String(checks.filter((one) => one.status === status).length);
  io.out('');
  io.out(`${n('fail')} failed, ${n('warn')} to look at, ${n('pass')} fine`);
}

/** Whether neither is known, for a cause that only names another call. */
function isOneCause(a: CheckResult, b: CheckResult): boolean {
  return a.fix === b.fix && [a, b].every(({ summary }) => summary.startsWith('Not known: '));
}

/** What is not known for one cause is told once, where the first of it stands. */
function gathered(checks: Diagnosis['checks']): CheckResult[] {
  return checks.flatMap((check, index) => {
    if (checks.slice(0, index).some((one) => isOneCause(one, check))) return [];
    const more = checks.slice(index + 1).filter((one) => isOneCause(one, check));
    if (more.length === 0) return [check];
    const ids = more.map(({ id }) => id).join(', ');
    return [{ ...check, summary: `${check.summary}; so too: ${ids}` }];
  });
}

function printCheck(io: Io, { id, status, summary, fix }: CheckResult, width: number): void {
  const paint = { pass: io.paint.green, warn: io.paint.yellow, fail: io.paint.red }[status];
  const room = Math.max(LEAST_COLUMNS, io.columns - width - 4);
  const [first = '', ...more] = wrapProse(summary, room);
  const indent = ' '.repeat(width + 4);
  io.out(`${paint(SIGNS[status])} ${id.padEnd(width)}  ${first}`);
  for (const line of more) io.out(indent + line);
  for (const line of fix === null ? [] : wrapProse(`→ ${fix}`, room)) io.out(indent + line);
}
