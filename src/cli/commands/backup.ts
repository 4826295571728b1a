/** `backup` copies the database, also while the daemon runs; `restore` puts such a copy back, paused. */
import { type CommandSpec, type CommandContext } from '../command.js';
import { count, tellTimes } from '../../domain/format.js';
import type { Replacement, Restored } from '../../admin/actions/backup.js';
import { isInUse, isPausedByAdmin } from '../../store/integration-store.js';
import { ifKnown } from '../terminal/confirm-sending.js';
import type { Consent, Io } from '../terminal/io.js';

export const backupCommand: CommandSpec = {
  words: 'backup <FILE>',
  does: 'copy the database to FILE, also while the daemon runs',
  flags: { '-y, --yes': 'replace FILE if it’s there' },
  help: `The copy is readable by you alone (mode 0600). Stored keys and tokens are
encrypted in it; the key to decrypt them is not in it.`,
  examples: ['codesubmit-lever backup /backup/lever.db --yes'],
  run: async (context, file: string, options: Consent) => {
    const { io, home } = context;
    const { backup, isTaken } = await import('../../admin/actions/backup.js');
    const question = `${file} already exists. Replace it?`;
    if (isTaken(file, home) && !(await io.confirm(question, options))) return;
    io.progress('Copying …');
    const made = backup(context, file);
    io.say(`Saved ${(made.bytes / 1_000_000).toFixed(1)} MB to ${file}, readable by you alone.`);
    io.say(`Keep a copy of its key elsewhere: ${made.keyPlace}`);
    io.say('Without that key nothing in it can be decrypted.');
  },
};

type RestoreOptions = Consent & { resume?: boolean };

export const restoreCommand: CommandSpec = {
  words: 'restore <FILE>',
  does: 'put a copy of the database back, paused',
  flags: {
    '--resume': 'send challenges again afterwards',
    '-y, --yes': 'don’t ask before a database is replaced, nor before sending',
  },
  help: `Stop the daemon first. FILE is checked and stays as it is.
The replaced database is kept beside the new one.
Nothing goes out until you run codesubmit-lever resume, or say --resume,
which keeps a pause from before the copy was made.`,
  examples: ['codesubmit-lever restore /backup/lever.db'],
  run: async (context, file: string, options: RestoreOptions) => {
    const { io, runtime } = context;
    const { restore } = await import('../../admin/actions/backup.js');
    const onProgress = (what: string): void => io.progress(what);
    const restored = await restore(context, file, onProgress, async (replacement) => {
      sayAddresses(io, replacement);
      const question = questionBefore(replacement, runtime.clock.now());
      // Nothing is lost where there is no database yet.
      return replacement.isFirst || io.confirm(question, options);
    });
    // Null after a no: then nothing was replaced.
    if (restored !== null) await finishRestore(context, file, restored, options);
  },
};

/** Names the copy's addresses that aren't the vendors' own: anyone who can write a copy can put theirs into it. */
function sayAddresses(io: Io, { addresses }: Replacement): void {
  if (addresses.length === 0) return;
  io.say('The copy sends to other addresses than the vendors’ own. Make sure that they are yours:');
  for (const { variable, url } of addresses) io.say(`  ${variable}  ${url}`);
}

/** The question before a database is replaced: how old the copy is, and how many invitations either has. */
function questionBefore({ copiedAt, invitations, isOther }: Replacement, now: number): string {
  const age = tellTimes(now)(new Date(copiedAt).toISOString());
  const copied = count(invitations.copy, 'invitation');
  // Null: the current database can't be read.
  const present = invitations.present ?? 'an unknown number';
  const other = isOther ? ' The current one belongs to another integration!' : '';
  return `The copy was made ${age} and has ${copied}; the current database has ${present}.${other} Replace it?`;
}

/** After a restore: says what was restored and who gets a challenge after `resume`, and resumes if that was asked for. */
async function finishRestore(
  context: CommandContext,
  file: string,
  { replaced }: NonNullable<Restored>,
  options: RestoreOptions,
): Promise<void> {
  const { io, home } = context;
  io.say(`Restored ${file} to ${home.folder}.`);
  if (replaced !== undefined) io.say(`The replaced database is kept: ${replaced}`);
  const row = await context.readApp(({ integration }) => integration.read());
  if (!isInUse(row)) {
    const what = row.revoked_at === null ? 'Its setup wasn’t finished' : 'It was revoked';
    io.say(`${what} before the copy was made. To start again: codesubmit-lever setup`);
    return;
  }
  io.say('It’s paused: no challenge goes out until you run: codesubmit-lever resume');
  io.say('Make sure that no other machine still runs this integration.');
  const { resumeAfterAsking } = await import('./controls.js');
  if (options.resume !== true) {
    io.say('`codesubmit-lever resume --dry-run` says now:');
    // The restore has worked, whether or not the configuration allows this now.
    await ifKnown(io, () => context.withApp((app) => resumeAfterAsking(io, app, { dryRun: true })));
    io.say('Next: codesubmit-lever serve');
    io.say('Once that is right: codesubmit-lever resume');
  } else if (isPausedByAdmin(row)) {
    // An admin's pause stays, so no one is sent anything, and nothing is asked.
    const { resume } = await import('../../admin/actions/admin-actions.js');
    await context.withApp((app) => resume(app, { isEarlierPauseKept: true }));
    io.say('You had paused it before the copy was made. To go on: codesubmit-lever resume');
  } else {
    // Kept if an admin pauses while this asks.
    const consent = { ...options, isEarlierPauseKept: true };
    await context.withApp((app) => resumeAfterAsking(io, app, consent));
  }
}
