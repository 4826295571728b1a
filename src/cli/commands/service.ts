/** `service install`: runs the daemon as a systemd service. */
import type { Command } from 'commander';
import { addCommand } from '../add-command.js';
import type { ContextOf } from '../create-context.js';
import type { ServiceHost, ServiceOptions } from '../service/service.js';

/** `hostOf` is this machine except in tests. */
export function addService(
  program: Command,
  contextOf: ContextOf,
  hostOf = async (): Promise<ServiceHost> => (await import('../service/service.js')).thisMachine(),
): void {
  const service = addCommand(program, {
    words: 'service',
    does: 'run the daemon as a systemd service, from boot on',
    examples: ['sudo codesubmit-lever service install'],
  });
  addCommand(service, {
    words: 'install',
    does: 'write the unit, start the daemon now and at every boot',
    flags: {
      '--dry-run': 'only print the unit and the commands',
      '--name <NAME>': 'name of the service, for several on one machine',
    },
    help: `The daemon runs as the user who owns the data directory, and may write there
only. Change the unit by a drop-in: a changed file is kept as FILE.bak.`,
    examples: [
      'codesubmit-lever service install --dry-run',
      'sudo codesubmit-lever service install --home /var/lib/codesubmit-lever',
    ],
  }).action(async (options: ServiceOptions) => {
    const [{ io, home }, host] = await Promise.all([contextOf(), hostOf()]);
    const { install, planInstall, requireRoot, requireSystemd } =
      await import('../service/service.js');
    if (options.dryRun !== true) {
      requireSystemd(host);
      requireRoot(host, home, options);
    }
    const plan = planInstall(host, home, options);
    const { unit, file, text, user, commands, isChanged } = plan;
    if (options.dryRun === true) {
      io.raw(text.trimEnd());
      io.say(`Would write ${file}, then run:`);
      for (const command of commands) io.say(`  systemctl ${command.join(' ')}`);
      if (plan.hasOtherDaemon) {
        io.say('A daemon is running. Stop it before you install the service.');
      }
      return;
    }
    install(host, plan);
    if (plan.keptAs !== undefined) io.out(`✓ kept the former unit as ${plan.keptAs}`);
    io.out(isChanged ? `✓ wrote ${file}` : `✓ ${file} is up to date`);
    io.out(`✓ ${unit} runs now and at every boot, as ${user}, with ${home.folder}`);
    io.say(`  See: systemctl status ${unit}, journalctl -u ${unit}`);
  });
}
