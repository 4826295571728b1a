/** Shows text longer than the screen in the user's pager, as git does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../../storage/home/environment.js';

/** The exit codes of a shell for a command it can't find or run. */
const NO_SUCH_COMMAND = new Set([126, 127]);
/** Keeps colours, and leaves the text on the screen when the pager ends. */
const MANNERS = { LESS: 'FRX', LV: '-c' };

/** False when the text wasn't shown, because no pager is set or installed. */
export async function showByPager(text: string, env: Environment): Promise<boolean> {
  const command = env.PAGER ?? 'less';
  if (command.trim() === '' || command === 'cat') return false;
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'ignore'],
    env: { ...MANNERS, ...env },
  });
  // The user may quit before the end.
  child.stdin.on('error', () => undefined);
  // Ctrl-C goes to the pager while it has the terminal.
  process.on('SIGINT', leaveToPager);
  try {
    child.stdin.end(text);
    const [code] = (await once(child, 'close')) as [number | null];
    return code === null || !NO_SUCH_COMMAND.has(code);
  } finally {
    process.off('SIGINT', leaveToPager);
  }
}

function leaveToPager(): void {
  // Its handler being there is what keeps this process alive.
}
