/** `service install|uninstall|status`: runs the daemon as a systemd service. */
import type { Command } from 'commander';
import type { ContextOf } from '../create-context.js';
import { EXIT } from '../exit-codes.js';
import type { ServiceHost, ServiceOptions, ServiceState } from '../service/service.js';
import type { Io } from '../terminal/io.js';

interface Options extends ServiceOptions {
  json?: boolean;
}

const NAME = ['--name <NAME>', 'name of the service, for several on one machine'] as const;
const FORCE = ['--force', 'even if someone changed the unit'] as const;

/** `hostOf` is this machine except in tests. */
export function addService(
  program: Command,
  contextOf: ContextOf,
  hostOf = async (): Promise<ServiceHost> =>
    (await import('../service/this-machine.js')).thisMachine(),
): void {
  const service = program
    .command('service')
    .description('run the daemon as a systemd service, from boot on')
    .addHelpText('after', '\nExample:\n  $ sudo codesubmit-lever service install');
  service
    .command('install')
    .description('write the unit, start the daemon now and at every boot')
    .option('--dry-run', 'only print the unit and the commands')
    .option(...NAME)
    .option(...FORCE)
    .addHelpText(
      'after',
      '\nThe daemon runs as the user who owns the data directory, and may write there only.\n' +
        '\nExample:\n  $ codesubmit-lever service install --dry-run\n  $ sudo codesubmit-lever service install --home /var/lib/codesubmit-lever',
    )
    .action(async (options: Options) => {
      const [{ io, home }, host] = await Promise.all([contextOf(), hostOf()]);
      const { install, planInstall, requireRoot, requireSystemd } =
        await import('../service/service.js');
      if (options.dryRun !== true) {
        requireSystemd(host);
        requireRoot(host, home, wordsOf('install', options));
      }
      const plan = planInstall(host, home, options);
      const { unit, file, text, user, commands, isChanged } = plan;
      if (options.dryRun === true) {
        io.out(text.trimEnd());
        io.say(`Would write ${file}, then run:`);
        for (const command of commands) io.say(`  systemctl ${command.join(' ')}`);
        return;
      }
      install(host, plan);
      io.out(isChanged ? `✓ wrote ${file}` : `✓ ${file} is up to date`);
      io.out(`✓ ${unit} runs now and at every boot, as ${user}, with ${home.folder}`);
      io.say(`  See: codesubmit-lever service status, journalctl -u ${unit}`);
    });
  service
    .command('uninstall')
    .description('stop the daemon and remove the unit; the data stays')
    .option(...NAME)
    .option(...FORCE)
    .addHelpText('after', '\nExample:\n  $ sudo codesubmit-lever service uninstall')
    .action(async (options: Options) => {
      const [{ io, home }, host] = await Promise.all([contextOf(), hostOf()]);
      const { requireRoot, requireSystemd, uninstall, unitName } =
        await import('../service/service.js');
      requireSystemd(host);
      requireRoot(host, home, wordsOf('uninstall', options));
      const unit = unitName(options.name);
      if (uninstall(host, options)) {
        io.out(`✓ stopped and removed ${unit}. The data directory stays.`);
      } else io.out(`${unit} is not installed.`);
    });
  service
    .command('status')
    .description('show whether the service runs')
    .option(...NAME)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExits with 1 when it doesn’t run.\n\nExample:\n  $ codesubmit-lever service status',
    )
    .action(async (options: Options) => {
      const [{ io, setExitCode }, host] = await Promise.all([contextOf(), hostOf()]);
      const { readState, requireSystemd } = await import('../service/service.js');
      requireSystemd(host);
      const state = readState(host, options);
      if (options.json === true) io.json(state);
      else printState(io, state, wordsOf('install', options));
      if (state.state !== 'active') setExitCode(EXIT.failed);
    });
}

function wordsOf(verb: string, { name, force }: Options): string {
  const words = [
    verb,
    ...(name === undefined ? [] : ['--name', name]),
    ...(force ? ['--force'] : []),
  ];
  return words.join(' ');
}

function printState(io: Io, state: ServiceState, installWords: string): void {
  const { unit, installed, says, pid, restarts, startsAtBoot } = state;
  if (!installed) {
    io.out(`${unit} is not installed. To install it: codesubmit-lever service ${installWords}`);
    return;
  }
  const told = says === null ? '' : `. Status: ${says}`;
  const process = pid === null ? '' : ` (process ${pid})`;
  io.out(`${unit} is ${state.state}${process}${told}`);
  if (restarts > 0) io.out(`Restarted ${restarts} times since it started.`);
  if (!startsAtBoot) io.out(`It doesn’t start at boot. Fix: sudo systemctl enable ${unit}`);
  io.say(`Log: journalctl -u ${unit}`);
}
