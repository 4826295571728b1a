/** Puts a rule's tag on postings, from which their candidates inherit it, and takes it off again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../config/settings.js';
import { ApiError, AppError } from '../domain/errors.js';
import { ANY_TAG, normalizeTag, type Rule } from '../domain/rule.js';
import type { Posting, PostingLever } from '../domain/lever-ports.js';
import { retag } from '../postings/retag.js';
import { hasTag, type TagChange } from '../postings/tag-change.js';
import { findOne } from './activate-rules.js';
import type { House } from './house.js';
import { addRuleCommand } from './rule-spec.js';
import { Vendors } from './vendors.js';

export { hasTag, type Posting };

export interface PostingsChanged {
  changed: Posting[];
  /** Nothing was to be done. */
  same: Posting[];
  /** There are no such postings any more. */
  gone: Posting[];
}

const BY_HAND = 'or do it by hand in Lever';

/** Lever's postings by the key or login in use. Throws `not_set_up`. */
export function postingsOf(house: House): PostingLever {
  return new Vendors(house, house.http).leverPostings();
}

/** @throws AppError `vendor` naming the right that is lacking; `ApiError` when Lever can't be asked. */
export async function listPostings(lever: PostingLever): Promise<Posting[]> {
  try {
    return await lever.listPostings();
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'refused') throw error;
    throw new AppError(
      'vendor',
      `Lever refuses the list of postings (${error.message}): the right to read postings is lacking.`,
      `Give a key or login with that right: codesubmit-lever setup, ${BY_HAND}`,
      error,
    );
  }
}

/** By title or id. Throws `not_found` naming what there is. */
export function findPostings(postings: readonly Posting[], wanted: readonly string[]): Posting[] {
  const all = postings.map((item) => ({ id: item.id, name: item.title, item }));
  const hint = 'Name one of them; they are listed by: codesubmit-lever rules postings';
  return [...new Set(wanted.map((one) => findOne('posting', one, all, hint)))];
}

/** Throws `usage` for `*`, and without the acting user whom Lever wants for every change of a posting. */
export function requireTaggable({ performAs }: Settings, tag: string): void {
  if (tag.trim() === ANY_TAG) {
    throw new AppError(
      'usage',
      'A rule for whoever has no challenge tag has no tag to put on postings.',
      `Run: ${addRuleCommand()}`,
    );
  }
  if (performAs !== null) return;
  throw new AppError(
    'usage',
    'Lever changes a posting only on behalf of a user, and none is named.',
    'Run: codesubmit-lever setup --perform-as USER_ID',
  );
}

/**
 * One after the other; what was done stays done when a later one fails, and doing it again changes nothing there.
 * @throws AppError `vendor` naming what is lacking, `conflict` as `retag` does; `ApiError`.
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
      `Lever refuses to change the posting “${posting.title}” (${error.message}): the right to write postings is lacking, or the acting user may not.`,
      `Give a key or login with that right, or another user: codesubmit-lever setup --perform-as USER_ID, ${BY_HAND}`,
      error,
    );
  }
}

/** Throws `not_found`. */
export function getRule({ rules }: House, id: string): Rule {
  const rule = rules.listActive().find((active) => String(active.id) === id);
  if (rule) return rule;
  const hint = 'Run: codesubmit-lever rules list';
  throw new AppError('not_found', `There is no rule ${id}.`, hint);
}

/** The postings that carry the rule's tag; none when another rule's tag is the same, for that one needs it still. */
export function carriersOf(house: House, rule: Rule, postings: readonly Posting[]): Posting[] {
  const isShared = house.rules
    .listActive()
    .some((other) => other.id !== rule.id && normalizeTag(other.tag) === normalizeTag(rule.tag));
  return isShared ? [] : postings.filter(({ tags }) => hasTag(tags, rule.tag));
}
