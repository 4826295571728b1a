/** `retry`: retries failed challenges and pending updates to Lever. */
import type { Command } from 'commander';
import { AppError } from '../../domain/errors.js';
import type { ContextOf } from '../create-context.js';
import { parseInvitationId } from '../../domain/ids.js';
import { confirmSending } from '../terminal/confirm-sending.js';
import type { Consent } from '../terminal/io.js';

interface RetryOptions extends Consent {
  failed?: boolean;
}

export function addRetry(program: Command, contextOf: ContextOf): void {
  program
    .command('retry [ID...]')
    .description('retry failed challenges, never uncertain ones')
    .option('--failed', 'retry all failed ones')
    .option('-y, --yes', 'don’t ask')
    .option('--dry-run', 'only show which it would be')
    .addHelpText(
      'after',
      '\nExample:\n  $ codesubmit-lever retry 12\n  $ codesubmit-lever retry --failed',
    )
    .action(async (idTexts: string[], options: RetryOptions) => {
      if (idTexts.length === 0 && !options.failed) {
        throw new AppError(
          'usage',
          'No challenge is named.',
          'Run: codesubmit-lever retry ID, with an ID that `status` shows, or for all failed ones: codesubmit-lever retry --failed',
        );
      }
      const { io, withApp } = await contextOf();
      const { retry } = await import('../../operate/actions/admin-actions.js');
      const { listInState } = await import('../../operate/queries/invitations.js');
      const { isServing } = await import('../../storage/home/is-serving.js');
      await withApp(async (app) => {
        const failed = listInState(app.database, 'failed');
        const ids =
          options.failed === true ? failed.map(({ id }) => id) : idTexts.map(parseInvitationId);
        if (ids.length === 0) {
          io.say('No failed challenges.');
          return;
        }
        const recipients = failed.filter(({ id }) => ids.includes(id));
        const list = ids.join(', ');
        const isConfirmed =
          recipients.length > 0
            ? await confirmSending(io, recipients, options)
            : await io.confirm(
                `Retry ${list}?`,
                options,
                `Would retry: ${list}. Nothing was changed.`,
              );
        if (!isConfirmed) return;
        const taken = await retry(app, ids);
        const next = isServing(app.home) ? '' : ' `codesubmit-lever serve` will act on it.';
        if (taken.length > 0) io.say(`Retrying: ${taken.join(', ')}.${next}`);
        const left = ids.filter((id) => !taken.includes(id));
        if (left.length > 0) {
          io.say(
            `Nothing to retry: ${left.join(', ')}, already sent, on its way or replaced. See: codesubmit-lever status`,
          );
        }
      });
    });
}
