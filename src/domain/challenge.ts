/** A challenge as CodeSubmit lists it (its own word is "test"). */
import type { ChallengeId } from './ids.js';

export interface Challenge {
  id: ChallengeId;
  name: string;
}
