/** What a setup says of itself while it works. */
import type { SetUpProgress } from '../app/set-up.js';
import type { Io } from './io.js';
import { wordsOfEvent } from './webhook-words.js';

export function setUpProgress(io: Io): SetUpProgress {
  return {
    onPeople: (people) => io.progress(`${people} people in the stages …`),
    onWebhook: (event) => io.progress(`Making the webhook for ${wordsOfEvent(event)} …`),
  };
}
