/**
 * Adds a rule's tag to postings, whose candidates inherit it, and removes it again.
 *
 * Lever replaces a posting's whole list of tags. So the list is read at the last moment, written,
 * and read again until the change is there. A list that can't be read completely is never written
 * back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isPassing, ApiError } from '../../domain/errors.js';
import type { Posting, PostingLever } from '../../domain/lever-ports.js';
import { addRuleCommand } from '../../domain/rule-spec.js';
import { hasTag, isSameTag, ANY_TAG, type Rule } from '../../domain/rule.js';
import type { Settings } from '../../storage/settings/settings.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import { findOne } from './activate-rules.js';

/** Adds or removes one tag; other tags stay as they are. */
export interface TagChange {
  kind: 'add' | 'remove';
  tag: string;
}

function isApplied(tags: readonly string[], { kind, tag }: TagChange): boolean {
  return hasTag(tags, tag) === (kind === 'add');
}

function applyTo(tags: readonly string[], { kind, tag }: TagChange): string[] {
  return kind === 'add' ? [...tags, tag] : tags.filter((one) => !isSameTag(one, tag));
}

// Changes one tag of a posting. A tag that someone adds between our read and our write is lost
// without a trace. A write of theirs that undoes ours is noticed.

/** `same`: nothing to change. `gone`: the posting no longer exists. */
export type Retagged = 'changed' | 'same' | 'gone';

/** Delays before each read. */
const WAITS_MS = [0, 300, 1_000, 2_000, 4_000, 8_000];

/** Throws `ApiError`, and `conflict` if someone keeps undoing it. */
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
    `The tag ${change.tag} doesn’t stay on the posting “${title}”, because someone else keeps changing it.`,
    'Run the same command again',
  );
}

export interface PostingsChanged {
  changed: Posting[];
  /** Unchanged. */
  same: Posting[];
  /** Postings that no longer exist. */
  gone: Posting[];
}

const BY_HAND = 'or do it manually in Lever';

/** @throws AppError `vendor` with the missing right; `ApiError` when Lever can't be reached. */
export async function listPostings(lever: PostingLever): Promise<Posting[]> {
  try {
    return await lever.listPostings();
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'refused') throw error;
    throw new AppError(
      'vendor',
      `Lever refuses the list of postings (${error.message}): the right to read postings is missing.`,
      `Use a key or login with that right: codesubmit-lever setup, ${BY_HAND}`,
      error,
    );
  }
}

/** Finds by title or id. Throws `not_found` with what exists. */
export function findPostings(postings: readonly Posting[], wanted: readonly string[]): Posting[] {
  const all = postings.map((item) => ({ id: item.id, name: item.title, item }));
  const hint = 'Use one of these: codesubmit-lever rules postings';
  return [...new Set(wanted.map((one) => findOne('posting', one, all, hint)))];
}

/** Throws `usage` for `*`, and without the acting user that Lever needs for a posting. */
export function requireTaggable({ performAs }: Settings, tag: string): void {
  if (tag.trim() === ANY_TAG) {
    throw new AppError(
      'usage',
      'A rule for candidates without a challenge tag has no tag to put on postings.',
      `Run: ${addRuleCommand()}`,
    );
  }
  if (performAs !== null) return;
  throw new AppError(
    'usage',
    'Lever changes a posting only on behalf of a user, and none is set.',
    'Run: codesubmit-lever setup --perform-as USER_ID',
  );
}

/**
 * Changes one after the other. Earlier changes stay when a later one fails, and repeating them does
 * nothing. @throws AppError `vendor` with what is missing, `conflict` as `retag` does; `ApiError`.
 */
export async function changePostings(
  lever: PostingLever,
  postings: readonly Posting[],
  change: TagChange,
  onProgress: (done: number) => void,
): Promise<PostingsChanged> {
  const result: PostingsChanged = { changed: [], same: [], gone: [] };
  for (const [index, posting] of postings.entries()) {
    onProgress(index);
    result[await retagOne(lever, posting, change)].push(posting);
  }
  return result;
}

async function retagOne(lever: PostingLever, posting: Posting, change: TagChange) {
  try {
    return await retag(lever, posting, change, (ms) => delay(ms));
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'refused') throw error;
    throw new AppError(
      'vendor',
      `Lever refuses to change the posting “${posting.title}” (${error.message}): the right to write postings is missing, or the acting user may not do it.`,
      `Use a key or login with that right, or another user: codesubmit-lever setup --perform-as USER_ID, ${BY_HAND}`,
      error,
    );
  }
}

/** The postings with the rule's tag; empty if another rule has the same tag and needs it. */
export function carriersOf(
  { rules }: { rules: RuleStore },
  rule: Rule,
  postings: readonly Posting[],
): Posting[] {
  const isShared = rules
    .listActive()
    .some((other) => other.id !== rule.id && isSameTag(other.tag, rule.tag));
  return isShared ? [] : postings.filter(({ tags }) => hasTag(tags, rule.tag));
}
