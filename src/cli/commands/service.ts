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
    const { install } = await import('../service/service.js');
    install(io, host, home, options);
  });
}
