/** `doctor`: checks everything the integration needs, and shows how to fix what fails. */
import { VENDOR_NAMES } from '../../domain/failure-words.js';
import { capitalize, count, groupBy } from '../../domain/format.js';
import type { CheckResult } from '../../admin/facts/fact.js';
import type { CommandSpec } from '../command.js';
import { EXIT, exitCodeOf } from '../process-end.js';
import { writeNamedFile, type Io } from '../terminal/io.js';

interface DoctorOptions {
  all?: boolean;
  json?: boolean;
  report?: string;
}

export const doctorCommand: CommandSpec = {
  words: 'doctor',
  does: 'check everything and show how to fix what fails',
  flags: {
    '--all': 'list what is fine, too',
    '--json': 'print JSON',
    '--report <FILE>': 'write a report for support, without names or values (- for stdout)',
  },
  help: 'Exits with 1 when a check fails; a warning is no failure.',
  examples: ['codesubmit-lever doctor', 'codesubmit-lever doctor --report report.json'],
  run: async (context, options: DoctorOptions) => {
    const { io, home, runtime, setExitCode } = context;
    const { openApp } = await import('../context/open-app.js');
    const { runDoctor } = await import('../../admin/facts/doctor.js');
    const { titleOf } = await import('../../admin/facts/facts.js');
    const { openTemporaryServer } = await import('../../serve/http/http-server.js');
    const open = () => {
      const app = openApp(home, runtime);
      return { ...app, openServer: () => openTemporaryServer(app) };
    };
    const { diagnosis, checks, report, unusable } = await runDoctor(
      { home, runtime, open },
      {
        isReported: options.report !== undefined,
        onProgress: (underWay) => io.progress(`checking ${underWay.map(titleOf).join(', ')}`),
      },
    );
    if (options.report === '-') io.json(report);
    else if (options.json === true) io.json(diagnosis);
    else printChecks(io, checks, titleOf, options.all === true);
    if (options.report !== undefined && options.report !== '-') {
      const json = `${JSON.stringify(report, null, 2)}\n`;
      // Readable by its owner only; never overwrites a file.
      writeNamedFile(options.report, json, 'doctor --report', { mode: 0o600, flag: 'wx' });
      io.say(`The report is in ${options.report}. Read it before you send it.`);
    }
    // Why the data directory can't be used, where that kept most checks from running.
    if (unusable) setExitCode(exitCodeOf(unusable.code));
    else if (!diagnosis.healthy) setExitCode(EXIT.failed);
  },
};

/**
 * Prints what needs you first, with its fix, then what could not be asked. What is fine is only counted; `isAll` lists
 * it.
 */
function printChecks(
  io: Io,
  checks: readonly CheckResult[],
  titleOf: (id: string) => string,
  isAll: boolean,
): void {
  // About a setting that isn't set: nothing is wrong, and nothing was checked.
  const unset = checks.filter(({ isUnset }) => isUnset === true);
  const passed = checks.filter((one) => one.status === 'pass' && !unset.includes(one));
  const { green, yellow, red, dim } = io.paint;
  const signs = { pass: green('✓'), warn: yellow('!'), fail: red('✗') };
  const print = ({ id, status, isUnset, summary }: CheckResult): void => {
    io.out(`${isUnset === true ? dim('·') : signs[status]} ${titleOf(id)}: ${summary}`);
  };
  // What could not be asked has no result of its own: it's listed by cause, a vendor or what else kept it.
  const unknown = checks.filter(({ isUnknown }) => isUnknown === true);
  const causes = groupBy(unknown, ({ vendor, summary }) =>
    vendor ? `Not known, because of ${VENDOR_NAMES[vendor]}` : summary,
  );
  const asked = checks.filter((one) => !unknown.includes(one));
  const failed = asked.filter(({ status }) => status === 'fail');
  const warned = asked.filter(({ status }) => status === 'warn');
  // What the same step fixes is listed together, so the fix is printed once.
  for (const [fix, group] of groupBy([...failed, ...warned], (check) => check.fix)) {
    group.forEach(print);
    if (fix !== null) io.out(`  → ${fix}`);
  }
  for (const [cause, group] of causes)
    io.out(yellow(`? ${cause}: ${group.map(({ id }) => titleOf(id)).join(', ')}`));
  if (isAll) [...passed, ...unset].forEach(print);
  if (passed.length === 0) return;
  const isWell = passed.length + unset.length === checks.length;
  const some = capitalize(count(passed.length, 'check'));
  const end = isAll ? '.' : '; list them: codesubmit-lever doctor --all';
  io.out(green(`✓ ${isWell ? `All ${passed.length} checks` : some} passed${end}`));
}
