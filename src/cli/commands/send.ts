/** `send`: sends one candidate a challenge manually. */
import type { Command } from 'commander';
import type { ConnectedApp } from '../../app/connect-vendors.js';
import type { SendRequest } from '../../operate/actions/send.js';
import type { ContextOf } from '../create-context.js';
import type { Consent, Io } from '../terminal/io.js';

interface SendOptions extends Consent {
  challenge?: string;
  again?: boolean;
}

export function addSend(program: Command, contextOf: ContextOf): void {
  program
    .command('send <WHO>')
    .description('send one candidate a challenge manually')
    .option('--challenge <C>', 'its name or id (default: what their rule says)')
    .option('--again', 'send it even if it was sent before')
    .option('-y, --yes', 'don’t ask')
    .option('--dry-run', 'only show what would be sent, and to whom')
    .addHelpText(
      'after',
      '\nWHO is an id, a Lever address, an e-mail address or part of a name.\n' +
        'Nothing is sent to archived or anonymized candidates, or where contact is forbidden.\n' +
        '\nExample:\n  $ codesubmit-lever send "Ada Example" --challenge "Backend API"\n' +
        '  $ codesubmit-lever send https://hire.lever.co/candidates/… --again --dry-run',
    )
    .action(async (who: string, options: SendOptions) => {
      const { io, withVendors } = await contextOf();
      const request = { who, challenge: options.challenge, isAgain: options.again === true };
      await withVendors((app) => send(io, app, request, options));
    });
}

async function send(
  io: Io,
  app: ConnectedApp,
  request: SendRequest,
  options: SendOptions,
): Promise<void> {
  const { planSend, queueSend } = await import('../../operate/actions/send.js');
  const plan = await planSend(app, request);
  const { opportunity, challenge, recipient, dueDays, timeLimitMinutes } = plan;
  io.out(`${challenge.name} → ${opportunity.name} <${recipient.email}>`);
  if (dueDays !== null) io.out(`  due ${dueDays} days after it is sent`);
  if (timeLimitMinutes !== null) io.out(`  time limit ${timeLimitMinutes} minutes`);
  if (request.isAgain) io.out('  again, even if it was sent before');
  if (!(await io.confirm('Send it?', options))) return;
  const id = await queueSend(app, plan);
  io.say(`Queued as invitation ${id}: ${await whatNext(app)}`);
}

async function whatNext(app: ConnectedApp): Promise<string> {
  const { isServing } = await import('../../storage/home/is-serving.js');
  const state = app.integration.state();
  if (state === 'paused') return 'it’s sent after `codesubmit-lever resume`.';
  if (state === 'needs_reauth') {
    return 'it’s sent once Lever and CodeSubmit accept us again; see `codesubmit-lever status`.';
  }
  return isServing(app.home) ? 'it’s being sent.' : '`codesubmit-lever serve` will send it.';
}
