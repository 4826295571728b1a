/** What a setup says of itself while it works. */
import type { SetUpProgress } from '../app/set-up.js';
import type { Io } from './io.js';
import { wordsOfEvent } from './webhook-words.js';

/** Said where nobody is asked. */
const UNKNOWN_ACCOUNT =
  'Nothing shows whether this key or login belongs to the same Lever account as before. If it does not, run: codesubmit-lever revoke';

export function setUpProgress(io: Io): SetUpProgress {
  return {
    onPeople: (people) => io.progress(`${people} people in the stages …`),
    onUnknownAccount: async () => {
      io.say(UNKNOWN_ACCOUNT);
      return true;
    },
    onWebhook: (event) => io.progress(`Making the webhook for ${wordsOfEvent(event)} …`),
  };
}
