/** `demo`: the whole integration offline, against the simulator, from setup to the link in Lever. */
import type { Command } from 'commander';
import type { ContextOf } from '../command-context.js';

export function addDemo(program: Command, contextOf: ContextOf): void {
  program
    .command('demo')
    .description('try the whole integration offline: one candidate, from the move to the link')
    .option('--auto', 'move the candidate without being asked')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever demo --auto')
    .action(async () => {
      const { io, env } = await contextOf();
      const { runDemo } = await import('../demo/run-demo.js');
      await runDemo(io, env);
    });
}
