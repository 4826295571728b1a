/** Text that is longer than the screen: by the person's pager, as git does it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../../storage/home/environment.js';

/** What a shell says of a command that it can't find or run. */
const NO_SUCH_COMMAND = new Set([126, 127]);
/** Colours are kept, and the text stays on the screen when the pager has ended. */
const MANNERS = { LESS: 'FRX', LV: '-c' };

/** False when the text was not shown: no pager is wanted, or there is none. */
export async function showByPager(text: string, env: Environment): Promise<boolean> {
  const command = env.PAGER ?? 'less';
  if (command.trim() === '' || command === 'cat') return false;
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'ignore'],
    env: { ...MANNERS, ...env },
  });
  // A reader who quits has read enough.
  child.stdin.on('error', () => undefined);
  // Ctrl-C belongs to the pager while it has the terminal.
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
