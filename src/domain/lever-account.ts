/** How to tell one Lever account from another. */

/** Stages that every account has. Any other id belongs to one account. */
const DEFAULT_STAGES: ReadonlySet<string> = new Set([
  ...['lead-new', 'lead-reached-out', 'lead-responded', 'applicant-new', 'offer'],
]);

/** Why a key or login is not used; the reason of an `ApiError`, stored with the refusal. */
export const OTHER_ACCOUNT = 'another Lever account';

export function isOwnStage(stageId: string): boolean {
  return !DEFAULT_STAGES.has(stageId);
}

/** `unknown`: nothing could be compared. */
export type AccountVerdict = 'same' | 'other' | 'unknown';

/** Which known ids were looked up, and which of them exist. */
export interface Compared {
  known: readonly string[];
  /** Null without permission to read them. No account has an empty list. */
  seen: readonly string[] | null;
}

/** One id that still exists proves the same account. If all are missing, it is another account. */
export function judge({ known, seen }: Compared): AccountVerdict {
  if (known.length === 0 || seen === null || seen.length === 0) return 'unknown';
  return known.some((id) => seen.includes(id)) ? 'same' : 'other';
}
