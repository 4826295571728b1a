/** Installs the systemd service of one data directory: its unit, and this machine. */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { shellQuote, shellWord } from '../../domain/format.js';
import { notSetUp, type Home } from '../../store/home/home.js';
import { visible } from '../../domain/vendor-text.js';
import { spawnSync } from 'node:child_process';
import { isServing } from '../../store/home/is-serving.js';
import { BIN_FILE } from '../package-files.js';

/** The machine that runs the service. */
export interface ServiceHost {
  /** `/etc/systemd/system` */
  unitFolder: string;
  /** `/etc/codesubmit-lever` */
  settingsFolder: string;
  /** The package's `deploy/systemd`. */
  shippedFolder: string;
  node: string;
  bin: string;
  isRoot: boolean;
  /** True when systemd is the init of this machine, by sd_booted(3). */
  isSystemd: boolean;
  /** Throws `AppError` for the id of no user. */
  findUser: (uid: number) => { name: string; home: string };
  systemctl: (...args: string[]) => { code: number; output: string };
  isServing: (home: Home) => boolean;
}

export interface ServiceOptions {
  /** Tells several integrations on one machine apart. */
  name?: string;
  dryRun?: boolean;
}

interface Installing {
  unit: string;
  file: string;
  text: string;
  user: string;
  /** systemctl's command lines, in order. */
  commands: string[][];
  isChanged: boolean;
  /** Where a different unit, in which someone may have changed something, is kept. */
  keptAs: string | undefined;
  /** It has to stop first. */
  hasOtherDaemon: boolean;
}

const INSTANCE = /^[\w.-]+$/;

function unitName(name: string | undefined): string {
  if (name === undefined) return 'codesubmit-lever';
  if (INSTANCE.test(name)) return `codesubmit-lever@${name}`;
  throw new AppError(
    'usage',
    `A service can’t be named “${name}”.`,
    'Use letters, digits, dots and dashes: codesubmit-lever service install --name acme',
  );
}

/** What `install` will do; changes nothing. Throws `AppError` if it isn't possible. */
export function planInstall(host: ServiceHost, home: Home, options: ServiceOptions): Installing {
  const unit = unitName(options.name);
  requireLasting(host);
  if (!existsSync(home.databaseFile)) throw notSetUp(home);
  const user = host.findUser(statSync(home.databaseFile).uid);
  const [shipped, settings] =
    options.name === undefined
      ? ['codesubmit-lever.service', host.settingsFolder]
      : ['codesubmit-lever@.service', join(host.settingsFolder, options.name)];
  const text = renderUnit(readFileSync(join(host.shippedFolder, shipped), 'utf8'), unit, {
    node: host.node,
    bin: host.bin,
    home: home.folder,
    user: user.name,
    userHome: user.home,
    hasKeyCredential: existsSync(join(settings, 'secret-key')),
  });
  const file = join(host.unitFolder, `${unit}.service`);
  const isChanged = readUnit(file) !== text;
  const isActive = host.isSystemd && host.systemctl('is-active', '--quiet', unit).code === 0;
  const hasOtherDaemon = !isActive && host.isServing(home);
  if (hasOtherDaemon && options.dryRun !== true) {
    const running = `Another daemon is running on ${home.folder}.`;
    throw new AppError('locked', running, 'Stop it first, then run the same command again.');
  }
  const commands = [
    ...(isChanged ? [['daemon-reload']] : []),
    ['enable', unit],
    [isActive && isChanged ? 'restart' : 'start', unit],
  ];
  const keptAs = isChanged && existsSync(file) ? `${file}.bak` : undefined;
  return { unit, file, text, user: user.name, commands, isChanged, keptAs, hasOtherDaemon };
}

export function install(host: ServiceHost, plan: Installing): void {
  const { unit, file, text, commands, isChanged, keptAs } = plan;
  if (keptAs !== undefined) renameSync(file, keptAs);
  if (isChanged) writeFileSync(file, text, { mode: 0o644 });
  for (const command of commands) {
    const { code, output } = host.systemctl(...command);
    if (code !== 0) throw refusedBySystemd(command, output, `journalctl -u ${unit} -n 20`);
  }
}

export function requireSystemd({ isSystemd }: ServiceHost): void {
  if (isSystemd) return;
  throw new AppError(
    'conflict',
    'systemd does not run this machine, so there is no service to manage.',
    'Let what supervises processes here run: codesubmit-lever serve',
  );
}

export function requireRoot(host: ServiceHost, home: Home, options: ServiceOptions): void {
  const { isRoot, node, bin } = host;
  if (isRoot) return;
  const name = options.name === undefined ? '' : ` --name ${options.name}`;
  throw new AppError(
    'conflict',
    'service install needs root.',
    `Run: sudo ${shellWord(node)} ${shellWord(bin)} --home ${shellQuote(home.folder)} service install${name}`,
  );
}

/** npm may empty npx's cache at any time. */
function requireLasting({ bin }: ServiceHost): void {
  if (!bin.includes('/_npx/')) return;
  throw new AppError(
    'configuration',
    'This copy of the program is in npx’s cache, which npm may empty at any time.',
    'Install it first: sudo npm install -g codesubmit-lever',
  );
}

function readUnit(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function refusedBySystemd(command: string[], output: string, look: string): AppError {
  const why = output.trim().split('\n')[0]?.replace(/\.$/, '') ?? '';
  return new AppError(
    'conflict',
    `systemctl ${command.join(' ')} failed${why === '' ? '' : `: ${why}`}.`,
    `The reason is in: ${look}`,
  );
}

interface UnitFacts {
  node: string;
  bin: string;
  /** The data directory. */
  home: string;
  user: string;
  /** The folder above the user's key files. */
  userHome: string;
  /** True if the file exists from which the shipped unit loads the secret key. */
  hasKeyCredential: boolean;
}

const HIDDEN_BY_PROTECT_HOME = /^\/(?:home|root|run\/user)(?:\/|$)/;
/** For a data directory elsewhere, where the user's primary group is the right one. */
const LEFT_OUT = new Set(['Group', 'StateDirectoryMode']);

/**
 * `name`: the unit's name without `.service`.
 * @throws AppError `configuration` for a path that would end the line it is written in.
 */
function renderUnit(shipped: string, name: string, facts: UnitFacts): string {
  for (const path of [facts.node, facts.bin, facts.home, facts.userHome]) requireOneLine(path);
  const lines = shipped.slice(shipped.indexOf('[Unit]')).split('\n');
  const body = lines.flatMap((line) => renderLine(line, facts)).join('\n');
  const edit = `sudo systemctl edit ${name}`;
  return `# Written by \`codesubmit-lever service install\`, which writes it again. Change it by a drop-in: ${edit}\n${body}`;
}

function renderLine(line: string, facts: UnitFacts): string[] {
  const name = /^(\w+)=/.exec(line)?.[1] ?? '';
  const { node, bin, home, user, userHome, hasKeyCredential } = facts;
  switch (name) {
    case 'ExecStart':
      return [
        `ExecStart=${quote(node)} ${argument(bin)} --home ${argument(home)} serve --wait-lock 30`,
      ];
    case 'User':
      return [`User=${user}`];
    case 'EnvironmentFile':
      return [line.replace('=', '=-')];
    case 'StateDirectory':
      return [`ReadWritePaths=${quote(home)}`];
    case 'LoadCredential':
      return hasKeyCredential ? [line] : [];
    case 'ProtectHome': {
      const isHidden = [node, bin, home, userHome].some((path) =>
        HIDDEN_BY_PROTECT_HOME.test(path),
      );
      return [`ProtectHome=${isHidden ? 'read-only' : 'yes'}`];
    }
    default:
      return LEFT_OUT.has(name) ? [] : [line];
  }
}

/** systemd ends a line at LF and at CR, whatever the quotes. */
function requireOneLine(path: string): void {
  if (visible(path) === path) return;
  throw new AppError(
    'configuration',
    `The path ${visible(path)} contains a control character, which a unit file can’t hold.`,
    'Rename it, then run the same command again.',
  );
}

/** A path as systemd reads it, where `%` begins a specifier. */
function quote(path: string): string {
  const escaped = path.replaceAll('%', '%%');
  return /^[\w./@%+:-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`;
}

/** In a command line `$` begins a variable too. */
function argument(path: string): string {
  return quote(path).replaceAll('$', '$$$$');
}

function run(command: string, args: string[]): { code: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) return { code: 127, output: error.message };
  return { code: status ?? 1, output: stdout === '' ? stderr : stdout };
}

/** Uses the system's lookup, which includes users of a directory service. */
function findUser(uid: number): { name: string; home: string } {
  const [name, , , , , home] = run('getent', ['passwd', String(uid)])
    .output.trim()
    .split(':');
  if (name !== undefined && home !== undefined) return { name, home };
  throw new AppError(
    'configuration',
    `The data directory belongs to user ${uid}, which doesn’t exist.`,
    'Give it to a user: sudo chown -R USER DIR',
  );
}

export function thisMachine(): ServiceHost {
  return {
    unitFolder: '/etc/systemd/system',
    settingsFolder: '/etc/codesubmit-lever',
    shippedFolder: join(dirname(dirname(BIN_FILE)), 'deploy', 'systemd'),
    node: process.execPath,
    bin: BIN_FILE,
    isRoot: process.getuid?.() === 0,
    isSystemd: existsSync('/run/systemd/system'),
    findUser,
    systemctl: (...args) => run('systemctl', args),
    isServing,
  };
}
