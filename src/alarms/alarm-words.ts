/** What the admin's webhook is told of an alarm. */
import { visible } from '../domain/visible-text.js';
import type { OwedAlarm } from './alarm-rows.js';

/** Names of stages and challenges may hold anything, and the text leaves the house. */
const LINK = /\b[a-z][a-z0-9+.-]{0,30}:\/\/\S+/gi;
const EMAIL =
  /[^\s@“”"'(),:;<>]{1,64}@[^\s@“”"'(),:;<>.]{1,63}(?:\.[^\s@“”"'(),:;<>.]{1,63}){1,9}/g;

/**
 * In one line. No link, no e-mail address, nothing that a chat takes for markup or a mention: `<!channel>`, `@here`, a
 * character that turns the line.
 */
function plain(text: string): string {
  const words = text
    .replace(LINK, '(a link)')
    .replace(EMAIL, '(an e-mail address)')
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
