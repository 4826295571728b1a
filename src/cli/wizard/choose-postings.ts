/** Chooses postings from a list that typing narrows, and reports what happened to their tags. */
import type { PostingsChanged } from '../../setup/rules/tag-postings.js';
import type { Posting } from '../../domain/lever-ports.js';
import { askSeveral } from './ask.js';

export function namePosting({ title, location }: Posting): string {
  return location === '' ? title : `${title} (${location})`;
}

/** Postings that have the tag already are marked. */
export function choosePostings(
  postings: readonly Posting[],
  isTagged: (posting: Posting) => boolean,
): Promise<Posting[]> {
  const choices = postings.map((posting) => ({
    name: `${namePosting(posting)}${isTagged(posting) ? ' ✓ has it' : ''}`,
    value: posting,
  }));
  return askSeveral('On which postings?', choices);
}

export function sayChanged(
  { changed, same, gone }: PostingsChanged,
  kind: 'add' | 'remove',
): string[] {
  const [done, already] = kind === 'add' ? ['added', 'already there'] : ['removed', 'wasn’t there'];
  return [
    ...changed.map((posting) => `${done}: ${namePosting(posting)}`),
    ...same.map((posting) => `${already}: ${namePosting(posting)}`),
    ...gone.map((posting) => `no longer there: ${namePosting(posting)}`),
  ];
}
