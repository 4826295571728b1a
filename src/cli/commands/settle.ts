/** `settle`: records whether an uncertain challenge was sent. */
import type { Command } from 'commander';
import { AppError } from '../../domain/errors.js';
import type { ContextOf } from '../create-context.js';
import { parseInvitationId } from '../../domain/ids.js';
import type { Consent } from '../terminal/io.js';

interface SettleOptions extends Consent {
  sent?: boolean;
  notSent?: boolean;
  link?: string;
}

function parseLink(link: string | undefined): string | null {
  if (link === undefined) return null;
  if (/^https?:\/\//.test(link) && URL.canParse(link)) return link;
  throw new AppError(
    'usage',
    'The link isn’t a web address.',
    'Run: codesubmit-lever settle --help',
  );
}

export function addSettle(program: Command, contextOf: ContextOf): void {
  program
    .command('settle <ID>')
    .description('tell us whether an uncertain challenge was sent')
    .option('--sent', 'CodeSubmit has it')
    .option('--link <URL>', 'with --sent: the candidate’s link, for Lever')
    .option('--not-sent', 'CodeSubmit never had it; decide again')
    .option('-y, --yes', 'don’t ask')
    .option('--dry-run', 'only show what it would do')
    .addHelpText(
      'after',
      '\nExample:\n  $ codesubmit-lever settle 12 --not-sent\n' +
        '  $ codesubmit-lever settle 12 --sent --link https://app.codesubmit.io/c/…',
    )
    .action(async (idText: string, options: SettleOptions) => {
      const id = parseInvitationId(idText);
      if ((options.sent === true) === (options.notSent === true)) {
        const hint = 'Run: codesubmit-lever settle ID --sent [--link URL], or --not-sent';
        throw new AppError('usage', 'Say whether it was sent.', hint);
      }
      const isSent = options.sent === true;
      const link = parseLink(options.link);
      const { io, withApp } = await contextOf();
      const { getUncertain, settle } = await import('../../operate/actions/admin-actions.js');
      const { isServing } = await import('../../storage/home/is-serving.js');
      await withApp(async (app) => {
        getUncertain(app, id);
        const outcome = isSent ? 'counts as sent' : 'will be decided again, then sent';
        const dry = `Invitation ${idText} ${outcome}; nothing was changed.`;
        const question = `Invitation ${idText} ${outcome}. Continue?`;
        if (!(await io.confirm(question, options, dry))) return;
        await settle(app, id, { isSent, link });
        const next = isServing(app.home) ? '' : ' `codesubmit-lever serve` will act on it.';
        io.say(`Settled: invitation ${idText} ${outcome}.${next}`);
      });
    });
}
