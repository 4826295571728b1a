/** `forget`: erases the personal data of one candidate. */
import type { Command } from 'commander';
import type { ForgetPlan } from '../../operate/actions/forget.js';
import type { ConnectedApp } from '../../app/connect-vendors.js';
import type { ContextOf } from '../create-context.js';
import type { Consent, Io } from '../terminal/io.js';

export function addForget(program: Command, contextOf: ContextOf): void {
  program
    .command('forget <WHO>')
    .description('erase one candidate’s name, e-mail and links here')
    .option('-y, --yes', 'don’t ask')
    .option('--dry-run', 'only show who it would be')
    .addHelpText(
      'after',
      '\nWHO is an id, a Lever address, an e-mail address or part of a name.\n' +
        'Ids and a keyed hash of the address stay, so nobody is invited twice.\n' +
        '\nExample:\n  $ codesubmit-lever forget ada@example.com',
    )
    .action(async (who: string, options: Consent) => {
      const { io, withVendors } = await contextOf();
      await withVendors((app) => forgetOne(io, app, who, options));
    });
}

async function forgetOne(io: Io, app: ConnectedApp, who: string, options: Consent): Promise<void> {
  const { forget, listCopies, planForget } = await import('../../operate/actions/forget.js');
  const plan = planForget(app, who);
  const { name, opportunityIds } = plan;
  io.say(`${name ?? 'A candidate whose name is unknown here'}: ${opportunityIds.join(', ')}`);
  const question = 'Erase their name, e-mail address and links here, and send them nothing more?';
  if (!(await io.confirm(question, options))) return;
  await forget(app, plan);
  io.say('Forgotten: their name, e-mail address and links are erased here.');
  sayWhatStays(io, plan, listCopies(app));
}

function sayWhatStays(io: Io, { challenges }: ForgetPlan, copies: readonly string[]): void {
  io.say('What stays:');
  io.say('  here: Lever’s ids and a keyed hash of the address, so they aren’t invited twice');
  io.say('  in Lever: the candidate, with the challenge’s link among their Links; delete it there');
  if (challenges.length > 0) {
    const list = challenges.join(', ');
    io.say(`  at CodeSubmit: the candidate and their work on ${list}; delete them there`);
  }
  const own = copies.length === 0 ? '' : ` ${copies.join(', ')} and`;
  io.say(`  in backups:${own} every copy of the data directory; delete them, or let them expire`);
}
