/** `pause` and `resume`: stop sending challenges for a while, then continue. */
import type { Command } from 'commander';
import type { ContextOf } from '../create-context.js';
import { confirmSending } from '../terminal/confirm-sending.js';
import type { Consent } from '../terminal/io.js';

export function addPause(program: Command, contextOf: ContextOf): void {
  program
    .command('pause')
    .description('stop sending challenges until you resume')
    .option('-y, --yes', 'accepted for scripts; nothing is asked')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever pause')
    .action(async () => {
      const { io, withApp } = await contextOf();
      const { pause } = await import('../../operate/actions/admin-actions.js');
      await withApp(pause);
      io.say('Paused: no challenge is sent until you run: codesubmit-lever resume');
    });
}

export function addResume(program: Command, contextOf: ContextOf): void {
  program
    .command('resume')
    .description('send challenges again')
    .option('-y, --yes', 'don’t ask')
    .option('--dry-run', 'only show who waits for it')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever resume')
    .action(async (options: Consent) => {
      const { io, withApp } = await contextOf();
      const { listPaused, resume } = await import('../../operate/actions/admin-actions.js');
      const { isServing } = await import('../../storage/home/is-serving.js');
      await withApp(async (app) => {
        const waiting = listPaused(app);
        const isAsked = waiting.length > 1 || options.dryRun === true;
        if (isAsked && !(await confirmSending(io, waiting, options))) return;
        await resume(app);
        io.say(
          isServing(app.home)
            ? 'Resumed: the daemon is checking the stages now.'
            : 'Resumed: `codesubmit-lever serve` will check the stages.',
        );
      });
    });
}
