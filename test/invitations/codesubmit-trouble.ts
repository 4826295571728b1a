/** What goes wrong at CodeSubmit, for a history. */
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import type { History } from '../rigs/history.js';

export const LIST = '/api/external/candidates';
export const POST = { method: 'POST', route: LIST } as const;

/** CodeSubmit does it, and the reply is lost. */
export const loseAnswer = ({ codesubmit }: History, times = 1) =>
  codesubmit.faults.set({ kind: 'drop-after', ...POST, times });

/** CodeSubmit never gets it. */
export const loseRequest = ({ codesubmit }: History) =>
  codesubmit.faults.set({ kind: 'drop-before', ...POST, times: 1 });

/** The next reading of the list fails like this. */
export const failReading = ({ codesubmit }: History, fault: Partial<FaultRule> = {}) =>
  codesubmit.faults.set({ kind: '5xx', method: 'GET', route: LIST, ...fault });

/** How often CodeSubmit was asked to send, whatever came of it. */
export const posts = ({ codesubmit }: History): number => codesubmit.requests.count('POST', LIST);

/** What the log says about an invitation that was looked up last. */
export function lastLookup({ log }: History): string | undefined {
  const line = log.findLast((one) => one.startsWith('looked up in CodeSubmit '));
  return line && (JSON.parse(line.replace(/^[^{]*/, '')) as { outcome: string }).outcome;
}
