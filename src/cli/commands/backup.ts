/** `backup`: copies the database, also while the daemon runs. */
import type { Command } from 'commander';
import type { ContextOf } from '../create-context.js';

export function addBackup(program: Command, contextOf: ContextOf): void {
  program
    .command('backup')
    .argument('<FILE>', 'where the copy goes')
    .description('copy the database to FILE, also while the daemon runs')
    .option('-y, --yes', 'replace FILE if it’s there')
    .addHelpText(
      'after',
      '\nThe copy is readable by you alone (mode 0600). Stored keys and tokens are encrypted in it;\n' +
        'the key to decrypt them is not in it.\n' +
        '\nExample:\n  $ codesubmit-lever backup /backup/lever.db --yes',
    )
    .action(async (file: string, options: { yes?: boolean }) => {
      const { io, home, runtime } = await contextOf();
      const { backup, isTaken } = await import('../../admin/actions/backup.js');
      if (isTaken(file, home)) {
        if (!(await io.confirm(`${file} already exists. Replace it?`, options))) {
          io.say('Nothing was copied.');
          return;
        }
      }
      const made = await backup({ ...runtime, home }, file, (part) => {
        io.progress(`Copying … ${Math.floor(part * 100)} %`);
      });
      io.say(`Saved ${(made.bytes / 1_000_000).toFixed(1)} MB to ${file}, readable by you alone.`);
      io.say(`Keep a copy of its key elsewhere: ${made.keyPlace}`);
      io.say('Without that key nothing in it can be decrypted.');
    });
}
