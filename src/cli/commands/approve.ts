/** `approve`: approves candidates on hold. */
import type { Command } from 'commander';
import type { OpportunityId } from '../../domain/ids.js';
import { AppError } from '../../domain/errors.js';
import { describeReason } from '../../domain/reasons.js';
import type { AppContext } from '../../app/app-context.js';
import type { ContextOf } from '../create-context.js';
import { confirmSending } from '../terminal/confirm-sending.js';
import type { Consent } from '../terminal/io.js';

interface ApproveOptions extends Consent {
  all?: boolean;
}

async function findWhom(app: AppContext, who: readonly string[]): Promise<OpportunityId[]> {
  const { findPeople, nobodyKnown } = await import('../../operate/find-people.js');
  return who.flatMap((one) => {
    const found = findPeople(app, one);
    if (found.length === 0) throw nobodyKnown(one, 'Run: codesubmit-lever status');
    return found.map(({ id }) => id);
  });
}

export function addApprove(program: Command, contextOf: ContextOf): void {
  program
    .command('approve [WHO...]')
    .description('approve candidates on hold')
    .option('--all', 'all that the brake holds; other holds need WHO')
    .option('-y, --yes', 'don’t ask')
    .option('--dry-run', 'only show who it would be')
    .addHelpText(
      'after',
      '\nExample:\n  $ codesubmit-lever approve --all\n  $ codesubmit-lever approve "Ada Example"',
    )
    .action(async (who: string[], options: ApproveOptions) => {
      if (who.length === 0 && !options.all) {
        throw new AppError(
          'usage',
          'No candidate is named.',
          'Run: codesubmit-lever approve WHO, or for all that the brake holds: codesubmit-lever approve --all',
        );
      }
      const { io, withApp } = await contextOf();
      const { approve, findApprovable } = await import('../../operate/actions/admin-actions.js');
      const { isServing } = await import('../../storage/home/is-serving.js');
      await withApp(async (app) => {
        const whom = options.all === true ? 'all' : await findWhom(app, who);
        const holds = findApprovable(app, whom);
        if (holds.length === 0) {
          io.say('No candidate is waiting for approval, so nothing changed.');
          io.say('Other holds are fixed in Lever: codesubmit-lever status says what is missing.');
          return;
        }
        const recipients = holds.map((held) => ({ ...held, why: describeReason(held.reason) }));
        if (!(await confirmSending(io, recipients, options))) return;
        await approve(app, holds);
        const next = isServing(app.home)
          ? 'they’re being sent'
          : '`codesubmit-lever serve` will send them';
        io.say(`Approved ${holds.length}: ${next}.`);
      });
    });
}
