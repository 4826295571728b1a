import { expect, it } from 'vitest';
import { ApiError, type ApiErrorKind } from '../../domain/errors.js';
import type { PostingId } from '../../domain/ids.js';
import type { PostingLever } from '../../domain/lever-ports.js';
import { retag, type TagChange } from './tag-postings.js';

const posting = { id: 'p1' as PostingId, title: 'Backend Engineer', location: '', tags: [] };
const add: TagChange = { kind: 'add', tag: 'codesubmit:backend' };
const remove: TagChange = { kind: 'remove', tag: 'codesubmit:backend' };

function failure(kind: ApiErrorKind): ApiError {
  return new ApiError({ vendor: 'lever', kind, route: 'POST /postings/:id', reason: 'a test' });
}

/** A Lever with one posting; `onWrite` runs after each write, `onRead` before each read. */
class OnePosting implements PostingLever {
  writes: string[][] = [];
  onWrite: (count: number) => void = () => undefined;
  onRead: () => void = () => undefined;

  constructor(public tags: string[] | null) {}

  async listPostings() {
    return [posting];
  }

  async readPostingTags() {
    this.onRead();
    return this.tags && [...this.tags];
  }

  async replacePostingTags(_id: PostingId, tags: readonly string[]) {
    this.writes.push([...tags]);
    this.tags = [...tags];
    this.onWrite(this.writes.length);
  }

  change(change: TagChange) {
    return retag(this, posting, change, () => Promise.resolve());
  }
}

it('adds the tag to those that are there', async () => {
  const lever = new OnePosting(['Senior', 'remote']);
  expect(await lever.change(add)).toBe('changed');
  expect(lever.tags).toEqual(['Senior', 'remote', 'codesubmit:backend']);
});

it('writes nothing when it is there in another spelling', async () => {
  const lever = new OnePosting([' CodeSubmit:Backend']);
  expect(await lever.change(add)).toBe('same');
  expect(lever.writes).toEqual([]);
});

it('takes it off in every spelling, and nothing else', async () => {
  const lever = new OnePosting(['codesubmit:backend', 'Senior', 'CODESUBMIT:BACKEND ']);
  expect(await lever.change(remove)).toBe('changed');
  expect(lever.tags).toEqual(['Senior']);
  expect(await lever.change(remove)).toBe('same');
});

it('puts it on again, beside the new tags, when someone’s older list was written over it', async () => {
  const lever = new OnePosting(['Senior']);
  lever.onWrite = (count) => {
    if (count === 1) lever.tags = ['Senior', 'urgent'];
  };
  expect(await lever.change(add)).toBe('changed');
  expect(lever.tags).toEqual(['Senior', 'urgent', 'codesubmit:backend']);
});

it('gives up with a sentence when someone always undoes it', async () => {
  const lever = new OnePosting([]);
  lever.onWrite = () => (lever.tags = []);
  await expect(lever.change(add)).rejects.toMatchObject({ code: 'conflict' });
});

it.each(['unknown_outcome', 'unavailable', 'rate_limited'] as const)(
  'looks again after a failure that passes: %s',
  async (kind) => {
    const lever = new OnePosting(['Senior']);
    lever.onWrite = (count) => {
      if (count === 1) throw failure(kind);
    };
    expect(await lever.change(add)).toBe('changed');
    expect(lever.writes).toHaveLength(1);
  },
);

it('throws what does not pass', async () => {
  const refused = new OnePosting([]);
  refused.onWrite = () => {
    throw failure('refused');
  };
  await expect(refused.change(add)).rejects.toMatchObject({ kind: 'refused' });
  const away = new OnePosting([]);
  away.onRead = () => {
    throw failure('unavailable');
  };
  await expect(away.change(add)).rejects.toMatchObject({ kind: 'unavailable' });
});

it('notices that the posting is gone', async () => {
  expect(await new OnePosting(null).change(add)).toBe('gone');
});
