// The records of the simulated CodeSubmit account. "Test" is its word for a challenge.
import type { ProgressWord } from './codesubmit-switches.js';

export interface CodeSubmitKey {
  key: string;
  role: 'admin' | 'hiring_manager' | 'reviewer';
  isRevoked: boolean;
}

export interface Test {
  id: string;
  name: string;
  isArchived: boolean;
}

export interface InvitationInput {
  testId: string;
  email: string;
  firstName: string;
  lastName: string;
  dueAt?: string | null | undefined;
  timeLimit?: number | null | undefined;
}

export interface Invitation extends InvitationInput {
  id: string;
  madeBy: 'api' | 'hand';
  progress: ProgressWord;
  /** A number outside the map, if one was set by a test. */
  rawStatus: number | null;
  commitsCount: number;
  createdAt: number;
  /** Increases by one with every invitation. */
  order: number;
  /** How often the list was read from its first page since. */
  listReads: number;
}

export interface InvitationCount {
  /** In lower case. */
  email: string;
  testId: string;
  count: number;
  byApi: number;
}
