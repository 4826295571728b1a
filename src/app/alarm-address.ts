/** The admin's webhook for alarms: tried once by a test message, then kept. */
import { postText } from '../alarms/alarm-webhook.js';
import { TEST_TEXT } from '../alarms/alarm-words.js';
import { parseAlarmUrl } from '../config/settings.js';
import { AppError } from '../domain/errors.js';
import type { House } from './house.js';

/** What an answer amounts to: an address that took a test message, or the end of telling anybody. */
export type AlarmAnswer = { kind: 'told'; url: string } | { kind: 'nobody' };

const NOBODY = 'none';

/**
 * Undefined when there is nothing to change: no answer, or the address that is stored already. Throws `configuration` for
 * what is no address, `vendor` when the test message isn't taken.
 */
export async function tryAlarmUrl(
  house: House,
  answer: string | undefined,
): Promise<AlarmAnswer | undefined> {
  if (answer === undefined) return undefined;
  if (answer === NOBODY) return { kind: 'nobody' };
  const url = parseAlarmUrl(answer);
  if (house.secrets.list('alarm_url', house.surroundings.clock.now())[0] === url.href) {
    return undefined;
  }
  const posting = await postText(url, TEST_TEXT, house.surroundings);
  if (posting.kind === 'taken') return { kind: 'told', url: url.href };
  throw new AppError(
    'vendor',
    `The alarm webhook did not take a test message (${posting.why}).`,
    'Copy its whole address into a file, then run: codesubmit-lever setup --alarm-url-file FILE',
  );
}

/** Called inside a write. Where it goes from now on, what is still owed goes at once. */
export function keepAlarmAnswer(
  { secrets, alarms, surroundings }: House,
  answer: AlarmAnswer,
): void {
  const now = surroundings.clock.now();
  if (answer.kind === 'told') secrets.replace('alarm_url', answer.url, now);
  else secrets.erase('alarm_url');
  alarms.rows.makeDue(now);
}
