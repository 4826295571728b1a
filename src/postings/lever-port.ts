/** What putting tags on postings needs of Lever. */
import type { PostingId } from '../domain/ids.js';

export interface Posting {
  id: PostingId;
  title: string;
  /** Where the job is; empty when Lever says nothing. */
  location: string;
  tags: string[];
}

export interface PostingLever {
  /** The open ones: published, published inside the company only, and unlisted. Throws `ApiError`; `refused` with 403 without the right. */
  listPostings(): Promise<Posting[]>;
  /** Null when there is no such posting any more. Throws `ApiError`. */
  readPostingTags(id: PostingId): Promise<string[] | null>;
  /** In place of all that it has. Throws `ApiError`. */
  replacePostingTags(id: PostingId, tags: readonly string[]): Promise<void>;
}
