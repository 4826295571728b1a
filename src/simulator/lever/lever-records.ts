// The records of the simulated Lever account, independent of how its API shows them.

export interface Stage {
  id: string;
  text: string;
  isActive: boolean;
}

export interface User {
  id: string;
  name: string;
  email: string;
  accessRole: 'super admin' | 'admin' | 'team member';
  deactivatedAt: number | null;
}

export interface ArchiveReason {
  id: string;
  text: string;
}

export interface Posting {
  id: string;
  text: string;
  state: 'published' | 'internal';
  distributionChannels: ('public' | 'internal')[];
  categories: { team: string; department: string; location: string; commitment: string };
  tags: string[];
  createdAt: number;
  updatedAt: number;
}

export interface Contact {
  id: string;
  name: string;
  /** Oldest first. */
  emails: string[];
  phones: { type: string; value: string }[];
  links: string[];
  isAnonymized: boolean;
  isContactAllowed: boolean;
}

interface StageChange {
  toStageId: string;
  toStageIndex: number;
  userId: string | null;
  updatedAt: number;
}

export interface Opportunity {
  id: string;
  /** Deprecated by Lever and never equal to `id`. */
  candidateId: string;
  contactId: string;
  applicationId: string;
  postingId: string | null;
  stageId: string;
  confidentiality: 'non-confidential' | 'confidential';
  /** Its own tags; those of its posting are added when it is shown. */
  tags: string[];
  /** Inherited tags that were removed from this opportunity. */
  removedTags: string[];
  archived: { reason: string; archivedAt: number } | null;
  stageChanges: StageChange[];
  createdAt: number;
  updatedAt: number;
  /** Creating, moving and archiving set it (recorded). */
  lastAdvancedAt: number;
  /** Increases by one with every opportunity. */
  order: number;
}

export interface Note {
  id: string;
  opportunityId: string;
  value: string;
  userId: string | null;
  createdAt: number;
}
