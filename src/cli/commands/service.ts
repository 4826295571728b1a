/** `service install`: runs the daemon of one data directory as a systemd service: its unit, and this machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { shellQuote, shellWord } from '../../domain/format.js';
import { visible } from '../../domain/vendor-text.js';
import { notSetUp, type Home } from '../../store/home/home.js';
import { isServing } from '../../store/database/file-lock.js';
import { BIN_FILE, PACKAGE_FOLDER, type CommandSpec } from '../command.js';
import type { Io } from '../terminal/io.js';

/** `service`, with `install` below it. `hostOf` returns what it uses of the machine: of this one, except in tests. */
export function serviceCommand(hostOf: () => ServiceHost = thisMachine): CommandSpec {
  const install: CommandSpec = {
    words: 'install',
    does: 'write the unit, start the daemon now and at every boot',
    flags: {
      '--dry-run': 'only print the unit and the commands',
      '--name <NAME>': 'name of the service, for several on one machine',
    },
    help: `The daemon runs as the user who owns the data directory, and may write there
only. Change the unit by a drop-in: a changed file is kept as FILE.bak.`,
    examples: ['sudo codesubmit-lever service install --home /var/lib/codesubmit-lever'],
    run: async ({ io, home }, options: ServiceOptions) => {
      installService(io, hostOf(), home, options);
    },
  };
  return {
    words: 'service',
    does: 'run the daemon as a systemd service, from boot on',
    examples: ['sudo codesubmit-lever service install'],
    below: [install],
  };
}

/** The machine that runs the service. */
export type ServiceHost = ReturnType<typeof thisMachine>;

interface ServiceOptions {
  /** Tells several integrations on one machine apart. */
  name?: string;
  dryRun?: boolean;
}

/**
 * Writes the unit unless it is up to date, and starts the service, or restarts it with a changed unit. A dry run only
 * prints that. Throws if another daemon runs, or systemd refuses.
 */
function installService(io: Io, host: ServiceHost, home: Home, options: ServiceOptions): void {
  const unit = unitName(options.name);
  const isDryRun = options.dryRun === true;
  if (!isDryRun) requireSystemd(host, home, options);
  if (host.bin.includes('/_npx/')) {
    throw new AppError(
      'configuration',
      'This copy of the program is in npx’s cache, which npm may empty at any time.',
      'Install it first: sudo npm install -g codesubmit-lever',
    );
  }
  if (!existsSync(home.databaseFile)) throw notSetUp(home);
  const user = host.findUser(statSync(home.databaseFile).uid);
  const text = renderUnit(host, home, user, options);
  const file = join(host.unitFolder, `${unit}.service`);
  const former = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const isChanged = former !== text;
  const formerFolder = folderOf(former);
  const isActive = host.isSystemd && host.systemctl('is-active', '--quiet', unit).code === 0;
  let obstacle: AppError | undefined;
  if (!isActive && host.isServing(home)) {
    const running = `Another daemon is running on ${home.folder}.`;
    obstacle = new AppError('locked', running, 'Stop it before you install the service.');
  }
  if (formerFolder !== undefined && formerFolder !== folderOf(text)) {
    obstacle = new AppError(
      'conflict',
      `The service “${unit}” runs another data directory, ${formerFolder}.`,
      `Give this one a name: codesubmit-lever service install --name NAME. To replace the other one, first run: sudo systemctl disable --now ${unit} && sudo rm ${file}`,
    );
  }
  const commands = [
    ...(isChanged ? [['daemon-reload']] : []),
    ['enable', unit],
    [isActive && isChanged ? 'restart' : 'start', unit],
  ];
  if (isDryRun) {
    io.raw(text.trimEnd());
    io.say(`Would write ${file}, then run:`);
    for (const command of commands) io.say(`  systemctl ${command.join(' ')}`);
    if (obstacle) io.say(`${obstacle.message} ${obstacle.hint}`);
    return;
  }
  if (obstacle) throw obstacle;
  if (isChanged && former !== undefined) {
    renameSync(file, `${file}.bak`);
    io.out(`✓ kept the former unit as ${file}.bak`);
  }
  if (isChanged) writeFileSync(file, text, { mode: 0o644 });
  io.out(isChanged ? `✓ wrote ${file}` : `✓ ${file} is up to date`);
  for (const command of commands) {
    const { code, output } = host.systemctl(...command);
    if (code === 0) continue;
    const why = output.trim().split('\n')[0]?.replace(/\.$/, '') ?? '';
    throw new AppError(
      'conflict',
      `“systemctl ${command.join(' ')}” failed${why === '' ? '' : `: ${why}`}.`,
      `The reason is in: journalctl -u ${unit} -n 20`,
    );
  }
  io.out(`✓ “${unit}” runs now and at every boot, as ${user.name}, with ${home.folder}`);
  io.say(`  See: systemctl status ${unit}, journalctl -u ${unit}`);
}

/** systemd's name of the service. Where several run on one machine, each is an instance: `codesubmit-lever@acme`. */
function unitName(name: string | undefined): string {
  if (name === undefined) return 'codesubmit-lever';
  if (/^[\w.-]+$/.test(name)) return `codesubmit-lever@${name}`;
  throw new AppError(
    'usage',
    `A service can’t be named “${name}”.`,
    'Use letters, digits, dots and dashes: codesubmit-lever service install --name acme',
  );
}

/** Throws `conflict` where there is no systemd, or this user may not change it. */
function requireSystemd(
  { isSystemd, isRoot, node, bin }: ServiceHost,
  { folder }: Home,
  options: ServiceOptions,
): void {
  if (!isSystemd) {
    throw new AppError(
      'conflict',
      'systemd does not run this machine, so there is no service to manage.',
      'Have this machine’s process supervisor run: codesubmit-lever serve',
    );
  }
  if (isRoot) return;
  const name = options.name === undefined ? '' : ` --name ${options.name}`;
  throw new AppError(
    'conflict',
    'service install needs root.',
    `Run: sudo ${shellWord(node)} ${shellWord(bin)} --home ${shellQuote(folder)} service install${name}`,
  );
}

/** The data directory of a unit that `service install` wrote, quoted as it is there. */
function folderOf(unit = ''): string | undefined {
  return /^ReadWritePaths=(.*)$/m.exec(unit)?.[1];
}

/** Folders that the service can't see with `ProtectHome=yes`. */
const HIDDEN_BY_PROTECT_HOME = /^\/(?:home|root|run\/user)(?:\/|$)/;

/**
 * The shipped unit for this data directory, program and user.
 * @throws AppError `configuration` for a path that would end the line it is written in.
 */
function renderUnit(
  { settingsFolder, node, bin }: ServiceHost,
  { folder }: Home,
  user: ReturnType<ServiceHost['findUser']>,
  { name }: ServiceOptions,
): string {
  const paths = [node, bin, folder, user.home];
  for (const path of paths) {
    // systemd ends a line at LF and at CR, whatever the quotes.
    if (visible(path) === path) continue;
    throw new AppError(
      'configuration',
      `The path ${visible(path)} contains a control character, which a unit file can’t hold.`,
      'Rename it, then run the same command again.',
    );
  }
  const isHidden = paths.some((path) => HIDDEN_BY_PROTECT_HOME.test(path));
  const hasKey = existsSync(join(settingsFolder, name ?? '', 'secret-key'));
  // By directive; an empty text drops it.
  const replacements: Partial<Record<string, string>> = {
    ExecStart: `ExecStart=${quotePath(node)} ${quoteArgument(bin)} --home ${quoteArgument(folder)} serve --wait-lock 30`,
    User: `User=${user.name}`,
    // Without a group, systemd uses the user's primary one, which suits a data directory of their own.
    Group: '',
    StateDirectory: `ReadWritePaths=${quotePath(folder)}`,
    StateDirectoryMode: '',
    ProtectHome: `ProtectHome=${isHidden ? 'read-only' : 'yes'}`,
    // systemd refuses to start a unit whose credential file is missing: the key is elsewhere then.
    ...(!hasKey && { LoadCredential: '' }),
  };
  const file = name === undefined ? 'codesubmit-lever.service' : 'codesubmit-lever@.service';
  const shipped = readFileSync(join(PACKAGE_FOLDER, 'deploy', 'systemd', file), 'utf8');
  const lines = shipped.slice(shipped.indexOf('[Unit]')).split('\n');
  const body = lines.flatMap((line) => {
    const written = replacements[/^(\w+)=/.exec(line)?.[1] ?? ''];
    // The `-` makes the file of settings optional.
    if (written === undefined) return [line.replace(/^EnvironmentFile=/, 'EnvironmentFile=-')];
    return written === '' ? [] : [written];
  });
  const edit = `sudo systemctl edit ${unitName(name)}`;
  return `# Written by \`codesubmit-lever service install\`, which writes it again. Change it by a drop-in: ${edit}\n${body.join('\n')}`;
}

/** A path as systemd reads it, where `%` begins a specifier. */
function quotePath(path: string): string {
  const escaped = path.replaceAll('%', '%%');
  return /^[\w./@%+:-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`;
}

/** A path within a command line of a unit, where `$` begins a variable too. */
function quoteArgument(path: string): string {
  // `$$` in a replacement stands for one `$`.
  return quotePath(path).replaceAll('$', '$$$$');
}

/** Runs a program to its end. `output`: what it printed, or its messages if it printed nothing. */
function runProgram(command: string, args: string[]): { code: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  // As a shell says for a program that isn't there.
  if (error) return { code: 127, output: error.message };
  // A program that a signal ended has no status.
  return { code: status ?? 1, output: stdout === '' ? stderr : stdout };
}

/**
 * The user's name and home folder, from `getent`, which also knows the users of a directory service. Throws
 * `configuration` for the id of no user.
 */
function findUser(uid: number) {
  const [name, , , , , home] = runProgram('getent', ['passwd', String(uid)])
    .output.trim()
    .split(':');
  if (name !== undefined && home !== undefined) return { name, home };
  throw new AppError(
    'configuration',
    `The data directory belongs to user ${uid}, which doesn’t exist.`,
    'Give it to a user: sudo chown -R USER DIR',
  );
}

/** What `service install` uses of this machine. */
function thisMachine() {
  return {
    unitFolder: '/etc/systemd/system',
    settingsFolder: '/etc/codesubmit-lever',
    node: process.execPath,
    bin: BIN_FILE,
    isRoot: process.getuid?.() === 0,
    /** True when systemd is the init of this machine, by sd_booted(3). */
    isSystemd: existsSync('/run/systemd/system'),
    findUser,
    systemctl: (...args: string[]) => runProgram('systemctl', args),
    isServing,
  };
}
