/** Candidates of a history who do their work at CodeSubmit. */
import type { ProgressWord } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import type { Settings } from '../../src/store/settings/settings.js';
import { History, HOUR, MINUTE, RULE } from '../rigs/history.js';

export const DUE_RULE = `${RULE};due-days=7`;
export const WEEK = 7 * 24 * 60 * MINUTE;
const WORDS = ['invited', 'started', 'submitted', 'reviewed', 'expired', 'cancelled'] as const;
const STATUS_MAP = Object.fromEntries(WORDS.map((word, at) => [String(at + 1), word]));

/** The meaning of status numbers is set. */
export function follow(settings: Partial<Settings> = {}, rules = [DUE_RULE]): Promise<History> {
  return History.begin({ rules, settings: { statusMap: STATUS_MAP, ...settings } });
}

/** At CodeSubmit only: the daemon hasn't looked yet. */
export function work({ lever, codesubmit }: History, id: string, far: ProgressWord | number): void {
  const { emails } = lever.opportunities.sight(id, 0).contact;
  const sent = codesubmit.invitations.findLast(({ email }) => emails.includes(email));
  codesubmit.setProgress(sent?.id ?? '', far);
}

/** At CodeSubmit, and read by the daemon within an hour. */
export async function worked(
  history: History,
  id: string,
  far: ProgressWord | number,
): Promise<void> {
  work(history, id, far);
  await history.later(HOUR);
  await history.passes(2);
}

/** As `status` shows it. */
export function progressOf({ bridge }: History, id: string): string | null | undefined {
  return bridge.status().invitations.find((one) => one.opportunityId === id)?.progress;
}
