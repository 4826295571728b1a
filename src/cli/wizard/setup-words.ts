/** Sentences of setup with and without a terminal: status numbers, progress. */
import type { SetupProgress } from '../../setup/setup-from-answers.js';
import type { Settings } from '../../storage/settings/settings.js';
import { confirmSending } from '../terminal/confirm-sending.js';
import type { Consent, Io } from '../terminal/io.js';

/** Undefined unless progress should show in Lever, which it can't while no number has a meaning. */
export function sayUnmapped({
  progressTags,
  completionNote,
  statusMap,
}: Settings): string | undefined {
  const isShown = progressTags || completionNote !== 'off';
  if (!isShown || Object.keys(statusMap).length > 0) return undefined;
  return 'once the first candidates are at work, say what CodeSubmit’s status numbers mean: codesubmit-lever progress';
}

// Progress that setup reports.

/** Used where no question is asked. */
const UNKNOWN_ACCOUNT =
  'Nothing shows whether this key or login belongs to the same Lever account as before. If it does not, run: codesubmit-lever revoke';

export function setUpProgress(io: Io, given: Consent = {}): SetupProgress {
  return {
    onPeople: (people) => io.progress(`${people} candidates in the stages …`),
    onUnknownAccount: async () => {
      io.say(UNKNOWN_ACCOUNT);
      return true;
    },
    mayInvite: (recipients) => confirmSending(io, recipients, given),
  };
}
