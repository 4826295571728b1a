/** What the write-backs need of Lever. */
import type { ApiError } from '../domain/errors.js';
import type { OpportunityId } from '../domain/ids.js';

export interface NoteOrder {
  text: string;
  /** Seen only by those whom Lever lets see secret notes. */
  isSecret: boolean;
  notifiesFollowers: boolean;
}

/** Every call throws `ApiError`; none retries by itself. */
export interface LeverWriter {
  /** The links that stand on the candidate now; null when the opportunity is gone or can't be seen. */
  readLinks(id: OpportunityId): Promise<string[] | null>;
  /** The links that Lever's reply shows afterwards; empty when it shows none. */
  addLink(id: OpportunityId, link: string): Promise<string[]>;
  /** The tags that stand on the opportunity now; null when it is gone or can't be seen. */
  readTags(id: OpportunityId): Promise<string[] | null>;
  /** The tags that Lever's reply shows afterwards; empty when it shows none. */
  addTags(id: OpportunityId, tags: readonly string[]): Promise<string[]>;
  /** Like `addTags`. A tag that isn't there is no failure. */
  removeTags(id: OpportunityId, tags: readonly string[]): Promise<string[]>;
  /** Whether a note with this text in it stands there; null when the opportunity is gone or can't be seen. */
  hasNote(id: OpportunityId, part: string): Promise<boolean | null>;
  /** True when Lever's reply names the note that was made. */
  addNote(id: OpportunityId, note: NoteOrder): Promise<boolean>;
  /** Whether the refusal asks for a user on whose behalf it is written, and none is set. */
  asksForActingUser(error: ApiError): boolean;
}
