/** What the write-backs need of Lever. */
import type { OpportunityId } from '../domain/ids.js';

/** Every call throws `ApiError`; none retries by itself. */
export interface LeverWriter {
  /** The links that stand on the candidate now; null when the opportunity is gone or can't be seen. */
  readLinks(id: OpportunityId): Promise<string[] | null>;
  /** The links that Lever's reply shows afterwards; empty when it shows none. */
  addLink(id: OpportunityId, link: string): Promise<string[]>;
}
