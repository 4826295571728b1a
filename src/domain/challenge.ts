/** A challenge as CodeSubmit lists it (its own word is "test"). */
import type { ChallengeId } from './ids.js';

export interface Challenge {
  id: ChallengeId;
  name: string;
}

export interface OfferedChallenge extends Challenge {
  /** Listed still, but no longer to be sent. */
  isArchived: boolean;
}
