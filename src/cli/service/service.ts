/** Installs the systemd service of one data directory. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { shellQuote, shellWord } from '../../domain/format.js';
import { notSetUp, type Home } from '../../store/home/home.js';
import { isUntouched, renderUnit } from './render-unit.js';

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
  force?: boolean;
}

export interface Installing {
  unit: string;
  file: string;
  text: string;
  user: string;
  /** systemctl's command lines, in order. */
  commands: string[][];
  isChanged: boolean;
  /** It has to stop first. */
  hasOtherDaemon: boolean;
}

const INSTANCE = /^[\w.-]+$/;

export function unitName(name: string | undefined): string {
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
    ...{ node: host.node, bin: host.bin, home: home.folder, user: user.name, userHome: user.home },
    hasKeyCredential: existsSync(join(settings, 'secret-key')),
  });
  const file = join(host.unitFolder, `${unit}.service`);
  const isChanged = readUnit(file) !== text;
  if (isChanged) requireOurs(file, options);
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
  return { unit, file, text, user: user.name, commands, isChanged, hasOtherDaemon };
}

export function install(host: ServiceHost, plan: Installing): void {
  const { unit, file, text, commands, isChanged } = plan;
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
  const force = options.force === true ? ' --force' : '';
  throw new AppError(
    'conflict',
    'service install needs root.',
    `Run: sudo ${shellWord(node)} ${shellWord(bin)} --home ${shellQuote(home.folder)} service install${name}${force}`,
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

function requireOurs(file: string, { force, name }: ServiceOptions): void {
  const text = readUnit(file);
  if (text === undefined || force === true || isUntouched(text)) return;
  const named = name === undefined ? '' : ` --name ${name}`;
  throw new AppError(
    'configuration',
    `${file} was written or changed by someone else.`,
    `Move your changes to a drop-in (sudo systemctl edit ${unitName(name)}), then overwrite the file: codesubmit-lever service install${named} --force`,
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
