/** What the admin's webhook is told of an alarm. */
import type { OwedAlarm } from './alarm-rows.js';

/** Names of stages and challenges may hold anything, and the text leaves the house. */
const LINK = /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi;
const EMAIL = /[^\s@“”"'(),:;<>]+@[^\s@“”"'(),:;<>]+\.[^\s@“”"'(),:;<>]+/g;

/** In one line. No link, no e-mail address, nothing that Slack takes for markup such as `<!channel>`. */
function plain(text: string): string {
  return text
    .replace(LINK, '(a link)')
    .replace(EMAIL, '(an e-mail address)')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/\s+/g, ' ');
}

export function alarmText({ owes, what, mend }: Pick<OwedAlarm, 'owes' | 'what' | 'mend'>): string {
  return owes === 'raised'
    ? `codesubmit-lever: ${plain(what)}. ${plain(mend)}`
    : `codesubmit-lever: cured: ${plain(what)}`;
}

export const TEST_TEXT = 'codesubmit-lever: a test. Alarms will come here.';
