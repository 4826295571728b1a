/** What an admin has still to say of CodeSubmit's status numbers. */
import type { Settings } from '../config/settings.js';

/** Undefined unless progress is to show in Lever: nothing of it does while no number has a meaning. */
export function sayUnmapped({
  progressTags,
  completionNote,
  statusMap,
}: Settings): string | undefined {
  const isShown = progressTags || completionNote !== 'off';
  if (!isShown || Object.keys(statusMap).length > 0) return undefined;
  return 'once the first candidates are at work, say what CodeSubmit’s status numbers mean: codesubmit-lever progress';
}
