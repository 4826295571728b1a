/** `restore`: replaces the database by a backup, paused, and previews what it would send. */
import type { Command } from 'commander';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import type { Replacement, Restored } from '../../operate/actions/restore.js';
import { effectiveSettings } from '../../storage/settings/settings.js';
import type { CommandContext, ContextOf } from '../create-context.js';
import type { Io } from '../terminal/io.js';
import { tellTimes } from '../terminal/time-words.js';
import { printPreview } from './preview.js';

export function addRestore(program: Command, contextOf: ContextOf): void {
  program
    .command('restore')
    .argument('<FILE>', 'a file that `backup` made')
    .description('put a copy of the database back, paused')
    .option('-y, --yes', 'don’t ask before a database is replaced')
    .addHelpText(
      'after',
      '\nStop the daemon first. FILE is checked and stays as it is. The replaced database is kept beside the new one.\n' +
        'Nothing goes out until you run: codesubmit-lever resume\n' +
        '\nExample:\n  $ codesubmit-lever restore /backup/lever.db',
    )
    .action(async (file: string, options: { yes?: boolean }) => {
      const context = await contextOf();
      const { io, home, runtime } = context;
      const { restore } = await import('../../operate/actions/restore.js');
      const deps = { ...runtime, home, onProgress: (what: string) => io.progress(what) };
      const restored = await restore(deps, file, (replacement) => {
        const question = questionOf(replacement, runtime.clock.now());
        return io.confirm(question, options);
      });
      if (restored === null) io.say('Nothing was changed.');
      else await report(context, file, restored);
    });
}

function questionOf({ copiedAt, challenges, isOther }: Replacement, now: number): string {
  const age = tellTimes(now, false)(new Date(copiedAt).toISOString());
  const present = challenges.present ?? 'an unknown number';
  const other = isOther ? ' The current one belongs to another integration!' : '';
  return `The copy was made ${age} and has ${challenges.copy} invitations; the current database has ${present}.${other} Replace it?`;
}

async function report(
  context: CommandContext,
  file: string,
  { replaced }: NonNullable<Restored>,
): Promise<void> {
  const { io, env, home } = context;
  io.say(`Restored ${file} to ${home.folder}.`);
  if (replaced !== undefined) io.say(`The replaced database is kept: ${replaced}`);
  if (effectiveSettings({}, env).afterRestore === 'run') {
    io.say('CODESUBMIT_LEVER_AFTER_RESTORE is `run`: challenges go out once the daemon starts.');
    return;
  }
  io.say('It’s paused: no challenge goes out until you run: codesubmit-lever resume');
  io.say('Make sure that no other machine still runs this integration.');
  await showWhoWouldBeInvited(context, io);
  io.say('Next: codesubmit-lever serve, and once the list above is right: codesubmit-lever resume');
}

/** The restore has worked even if the preview can't be shown. */
async function showWhoWouldBeInvited({ withVendors }: CommandContext, io: Io): Promise<void> {
  const { preview } = await import('../../operate/preview/preview.js');
  const onProgress = (people: number): void => io.progress(`Read ${people} candidates …`);
  try {
    const query = { rules: [], existing: 'leave', isResumed: true, onProgress } as const;
    printPreview(io, await withVendors((app) => preview(app, query)), {
      existing: 'leave',
      resumed: true,
    });
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof AppError)) throw error;
    io.say(`The preview isn’t available yet. ${messageOf(error)}`);
    if (error instanceof AppError) io.say(error.hint);
    io.say('Later: codesubmit-lever preview --resumed');
  }
}
