/**
 * Changes one tag of a posting. Lever takes the whole list only: it is read at the last moment, written, and read again,
 * until the change stands there. What somebody else puts on between that read and the write is lost, for nothing shows it;
 * a write of theirs that undoes ours is seen.
 */
import { AppError, isPassing, type ApiError } from '../domain/errors.js';
import type { Posting, PostingLever } from '../domain/lever-ports.js';
import { applyTo, isApplied, type TagChange } from './tag-change.js';

/** `same`: nothing was to be done. `gone`: there is no such posting any more. */
export type Retagged = 'changed' | 'same' | 'gone';

/** Before each look. */
const WAITS_MS = [0, 300, 1_000, 2_000, 4_000, 8_000];

/** Throws `ApiError`, and `conflict` when somebody undoes it again and again. */
export async function retag(
  lever: PostingLever,
  { id, title }: Posting,
  change: TagChange,
  pause: (ms: number) => Promise<void>,
): Promise<Retagged> {
  let isWritten = false;
  let failure: ApiError | undefined;
  for (const waitMs of WAITS_MS) {
    if (waitMs > 0) await pause(waitMs);
    try {
      const tags = await lever.readPostingTags(id);
      if (tags === null) return 'gone';
      if (isApplied(tags, change)) return isWritten ? 'changed' : 'same';
      isWritten = true;
      await lever.replacePostingTags(id, applyTo(tags, change));
      failure = undefined;
    } catch (error) {
      if (!isPassing(error)) throw error;
      failure = error;
    }
  }
  if (failure) throw failure;
  throw new AppError(
    'conflict',
    `The tag ${change.tag} does not stay as it was set on the posting “${title}”: somebody else changes it.`,
    'Run the same command again',
  );
}
