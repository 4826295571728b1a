/** What the admin's webhook is told of an alarm. */
import { withoutAddresses } from '../domain/vendor-words.js';
import { visible } from '../domain/visible-text.js';
import type { OwedAlarm } from './alarm-rows.js';

/**
 * In one line. Names of stages and challenges may hold anything, and the text leaves the house: no link, no e-mail
 * address, nothing that a chat takes for markup or a mention: `<!channel>`, `@here`, a character that turns the line.
 */
function plain(text: string): string {
  const words = withoutAddresses(text)
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('@', '＠')
    .replaceAll('&', '＆')
    .replace(/\s+/g, ' ');
  return visible(words);
}

export function alarmText({ owes, what, mend }: Pick<OwedAlarm, 'owes' | 'what' | 'mend'>): string {
  return owes === 'raised'
    ? `codesubmit-lever: ${plain(what)}. ${plain(mend)}`
    : `codesubmit-lever: cured: ${plain(what)}`;
}

export const TEST_TEXT = 'codesubmit-lever: a test. Alarms will come here.';
