/** `completion`: prints a script that lets a shell complete commands, flags and values. */
import { Argument, type Command } from 'commander';
import type { ContextOf } from '../create-context.js';
import type { Shell } from '../completion/scripts.js';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

const HELP = `
Create it again after an upgrade.

Example:
  $ source <(codesubmit-lever completion bash)
  $ codesubmit-lever completion bash > ~/.local/share/bash-completion/completions/codesubmit-lever
  $ codesubmit-lever completion zsh > ~/.zsh/completions/_codesubmit-lever
  $ codesubmit-lever completion fish > ~/.config/fish/completions/codesubmit-lever.fish

The folder for zsh must be in fpath before compinit runs.`;

export function addCompletion(program: Command, contextOf: ContextOf): void {
  program
    .command('completion')
    .description('print the completion script for your shell')
    .addArgument(new Argument('<SHELL>', 'your shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => {
      const { io } = await contextOf();
      const { completionScript, readCommandTree } = await import('../completion/scripts.js');
      io.out(completionScript(shell, readCommandTree(program)).trimEnd());
    });
}
