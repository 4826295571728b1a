// The postings of the simulated Lever, and the tags that opportunities inherit from them.
import { randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';
import type { Posting } from './lever-records.js';

export type PostingInput = Partial<Omit<Posting, 'categories'> & Posting['categories']> & {
  text: string;
};

export class PostingBook {
  readonly all = new Map<string, Posting>();

  constructor(private readonly now: () => number) {}

  /** Adds a posting, published and with usual categories unless given others. */
  add(input: PostingInput): Posting {
    const {
      team = 'Platform',
      department = 'Engineering',
      location = 'Remote',
      commitment = 'Full-time',
      ...given
    } = input;
    const posting: Posting = {
      id: randomUUID(),
      state: 'published',
      distributionChannels: ['public', 'internal'],
      categories: { team, department, location, commitment },
      tags: [],
      createdAt: this.now(),
      updatedAt: this.now(),
      ...given,
    };
    this.all.set(posting.id, posting);
    return posting;
  }

  /** The posting of that id. @throws a 404 when there is none. */
  get(id: string): Posting {
    const posting = this.all.get(id);
    if (!posting) throw notFound(`posting ${id}`);
    return posting;
  }

  /** Replaces the posting's tags, as Lever does. @throws a 404 when there is none. */
  setTags(id: string, tags: string[]): Posting {
    const posting = this.get(id);
    posting.tags = [...new Set(tags)];
    posting.updatedAt = this.now();
    return posting;
  }

  /** What an opportunity inherits from its posting, as recorded: tags, title and categories. None without a posting. */
  inheritedTags(id: string | null): string[] {
    const posting = id === null ? undefined : this.all.get(id);
    if (!posting) return [];
    const { team, department, location, commitment } = posting.categories;
    const own = [...posting.tags, posting.text, department, team, location, commitment];
    return own.filter((tag) => tag !== '');
  }
}
