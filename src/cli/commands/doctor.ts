/** `doctor`: checks everything the integration needs, and shows how to fix what fails. */
import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError, messageOf } from '../../domain/errors.js';
import type { CheckResult, CheckStatus } from '../../operate/doctor/check.js';
import type { ContextOf } from '../create-context.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { type Io, printPaged } from '../terminal/io.js';
import { wrapProse } from '../terminal/wrap-prose.js';

interface DoctorOptions {
  all?: boolean;
  json?: boolean;
  report?: string;
}

export function addDoctor(program: Command, contextOf: ContextOf): void {
  program
    .command('doctor')
    .description('check everything and show how to fix what fails')
    .option('--all', 'list what is fine, too')
    .option('--json', 'print JSON')
    .option('--report <FILE>', 'write a report for support, without names or values (- for stdout)')
    .addHelpText(
      'after',
      '\nExits with 1 when a check fails; a warning is no failure.\n' +
        '\nExample:\n  $ codesubmit-lever doctor\n  $ codesubmit-lever doctor --json\n  $ codesubmit-lever doctor --report report.json',
    )
    .action(async (options: DoctorOptions) => {
      const { io, home, runtime, setExitCode } = await contextOf();
      const { openApp } = await import('../../app/open-app.js');
      const { connectVendors } = await import('../../app/connect-vendors.js');
      const { runDoctor } = await import('../../operate/doctor/checks.js');
      refuseReport(options);
      const open = () => connectVendors(openApp(home, runtime));
      const { diagnosis, checks, report, unusable } = await runDoctor(
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
          printChecks(page, checks, options.all === true);
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

/** Called before any vendor is asked. Throws `usage`. */
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
    `The file ${file} already exists.`,
    'Name another: codesubmit-lever doctor --report FILE',
  );
}

/** Readable by its owner only; never overwrites a file. Throws `usage`. */
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

/** A narrower column is harder to read than lines that the terminal wraps. */
const LEAST_COLUMNS = 30;

const SIGNS: Record<CheckStatus, string> = { pass: '✓', warn: '!', fail: '✗' };

/** Names of checks whose id, which programs read, isn't plain English. */
const TITLES: Record<string, string> = {
  set_up: 'setup',
  home: 'data directory',
  home_disk: 'disk',
  key: 'encryption key',
  lever: 'Lever',
  lever_login: 'Lever login',
  lever_rights: 'Lever rights',
  codesubmit: 'CodeSubmit',
  codesubmit_integration: 'CodeSubmit’s own integration',
  held: 'on hold',
  public_url: 'public URL',
};

export function titleOf(id: string): string {
  return TITLES[id] ?? id.replaceAll('_', ' ');
}

/** What needs you first, with its fix. What is fine takes one line, or all with `isAll`. */
function printChecks(io: Io, checks: readonly CheckResult[], isAll: boolean): void {
  const passed = checks.filter(({ status }) => status === 'pass');
  const groups = groupByFix(gathered(checks.filter(({ status }) => status !== 'pass')));
  const listed = [...groups.flat(), ...(isAll ? passed : [])];
  const width = Math.max(0, ...listed.map(({ id }) => titleOf(id).length));
  for (const group of groups) {
    for (const check of group) printCheck(io, check, width);
    const fix = group[0]?.fix ?? null;
    if (fix !== null) for (const line of inColumn(io, `→ ${fix}`, width)) io.out(line);
  }
  if (isAll) for (const check of passed) printCheck(io, check, width);
  if (passed.length === 0) return;
  const n = String(passed.length);
  const all = isAll ? '.' : '; list them: codesubmit-lever doctor --all';
  const fine = groups.length === 0 ? `All ${n} checks passed${all}` : `${n} checks passed${all}`;
  for (const line of wrapProse(`✓ ${fine}`, io.columns)) io.out(io.paint.green(line));
}

/** True when both are unknown for the same reason. */
function isOneCause(a: CheckResult, b: CheckResult): boolean {
  return a.fix === b.fix && a.isUnknown === true && b.isUnknown === true;
}

/** Groups checks that are unknown for the same reason into the first of them. */
function gathered(checks: readonly CheckResult[]): CheckResult[] {
  return checks.flatMap((check, index) => {
    if (checks.slice(0, index).some((one) => isOneCause(one, check))) return [];
    const more = checks.slice(index + 1).filter((one) => isOneCause(one, check));
    if (more.length === 0) return [check];
    const titles = more.map(({ id }) => titleOf(id)).join(', ');
    return [{ ...check, summary: `${check.summary}; the same for: ${titles}` }];
  });
}

/** Puts failures before warnings, and groups what the same step fixes. */
function groupByFix(checks: readonly CheckResult[]): CheckResult[][] {
  const worstFirst = [
    ...checks.filter(({ status }) => status === 'fail'),
    ...checks.filter(({ status }) => status === 'warn'),
  ];
  const groups = new Map<string | null, CheckResult[]>();
  for (const check of worstFirst) {
    groups.set(check.fix, [...(groups.get(check.fix) ?? []), check]);
  }
  return [...groups.values()];
}

function printCheck(io: Io, { id, status, summary }: CheckResult, width: number): void {
  const paint = { pass: io.paint.green, warn: io.paint.yellow, fail: io.paint.red }[status];
  const [first = '', ...more] = inColumn(io, summary, width);
  io.out(`${paint(SIGNS[status])} ${titleOf(id).padEnd(width)}  ${first.trimStart()}`);
  for (const line of more) io.out(line);
}

/** Lines in the column to the right of the titles. */
function inColumn(io: Io, text: string, width: number): string[] {
  const left = width + 4;
  const room = Math.max(LEAST_COLUMNS, io.columns - left);
  return wrapProse(text, room).map((line) => ' '.repeat(left) + line);
}
