/** What tells one Lever account from another. */

/** Stages that every account has; any other id is one account's alone. */
const DEFAULT_STAGES: ReadonlySet<string> = new Set([
  ...['lead-new', 'lead-reached-out', 'lead-responded', 'applicant-new', 'offer'],
]);

/** Why a key or login is not used: the reason of an `ApiError`, kept with the refusal. */
export const OTHER_ACCOUNT = 'another Lever account';

export function isOwnStage(stageId: string): boolean {
  return !DEFAULT_STAGES.has(stageId);
}

/** `unknown`: nothing could be compared. */
export type AccountVerdict = 'same' | 'other' | 'unknown';

/** Which of the ids known here were asked for, and which of them are there. */
export interface Compared {
  known: readonly string[];
  /** Null without the right to read them; an empty list is no list of an account. */
  seen: readonly string[] | null;
}

/** One id that is still there proves the same account; all of them missing proves another. */
export function judge({ known, seen }: Compared): AccountVerdict {
  if (known.length === 0 || seen === null || seen.length === 0) return 'unknown';
  return known.some((id) => seen.includes(id)) ? 'same' : 'other';
}
