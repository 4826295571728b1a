// The postings of the simulated Lever, and the tags that opportunities inherit from them.
import { randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';
import type { Posting } from './lever-records.js';

export interface PostingInput {
  text: string;
  id?: string | undefined;
  state?: Posting['state'] | undefined;
  distributionChannels?: Posting['distributionChannels'] | undefined;
  team?: string | undefined;
  department?: string | undefined;
  location?: string | undefined;
  commitment?: string | undefined;
  tags?: string[] | undefined;
  ownerId?: string | undefined;
}

export class PostingBook {
  readonly all = new Map<string, Posting>();

  constructor(private readonly now: () => number) {}

  add(input: PostingInput): Posting {
    const posting: Posting = {
      id: input.id ?? randomUUID(),
      text: input.text,
      state: input.state ?? 'published',
      distributionChannels: input.distributionChannels ?? ['public', 'internal'],
      categories: {
        team: input.team ?? 'Platform',
        department: input.department ?? 'Engineering',
        location: input.location ?? 'Remote',
        commitment: input.commitment ?? 'Full-time',
      },
      tags: input.tags ?? [],
      ownerId: input.ownerId ?? null,
      createdAt: this.now(),
      updatedAt: this.now(),
    };
    this.all.set(posting.id, posting);
    return posting;
  }

  /** @throws a 404 when there is none. */
  get(id: string): Posting {
    const posting = this.all.get(id);
    if (!posting) throw notFound(`posting ${id}`);
    return posting;
  }

  /** Replaces the posting's tags, as Lever does. */
  setTags(id: string, tags: string[]): Posting {
    const posting = this.get(id);
    posting.tags = [...new Set(tags)];
    posting.updatedAt = this.now();
    return posting;
  }

  /** What an opportunity inherits: the posting's tags, its title and its categories [R]. */
  inheritedTags(id: string | null): string[] {
    const posting = id === null ? undefined : this.all.get(id);
    if (!posting) return [];
    const { team, department, location, commitment } = posting.categories;
    const own = [...posting.tags, posting.text, department, team, location, commitment];
    return own.filter((tag) => tag !== '');
  }
}
