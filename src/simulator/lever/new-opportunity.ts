// Creates the records of a new candidate: the person, and the opportunity in a pipeline.
import { randomUUID } from 'node:crypto';
import type { Contact, Opportunity } from './lever-records.js';

export interface OpportunityInput {
  name: string;
  stageId: string;
  id?: string | undefined;
  emails?: string[] | undefined;
  /** An existing contact: another opportunity of the same person. */
  contactId?: string | undefined;
  postingId?: string | null | undefined;
  tags?: string[] | undefined;
  links?: string[] | undefined;
  confidential?: boolean | undefined;
  createdAt?: number | undefined;
  isContactAllowed?: boolean | undefined;
}

export interface Beginning {
  at: number;
  stageIndex: number;
  order: number;
}

/** The person of a new candidate. */
export function newContact(input: OpportunityInput): Contact {
  return {
    id: randomUUID(),
    name: input.name,
    emails: [...(input.emails ?? [])],
    phones: [],
    links: [...(input.links ?? [])],
    isAnonymized: false,
    isContactAllowed: input.isContactAllowed ?? true,
  };
}

/** The opportunity of a contact. It counts as having entered its stage when it was created. */
export function newOpportunity(
  input: OpportunityInput,
  contactId: string,
  { at, stageIndex, order }: Beginning,
): Opportunity {
  const { stageId } = input;
  return {
    id: input.id ?? randomUUID(),
    candidateId: randomUUID(),
    contactId,
    applicationId: randomUUID(),
    postingId: input.postingId ?? null,
    stageId,
    confidentiality: input.confidential ? 'confidential' : 'non-confidential',
    tags: [...new Set(input.tags ?? [])],
    removedTags: [],
    archived: null,
    stageChanges: [{ toStageId: stageId, toStageIndex: stageIndex, userId: null, updatedAt: at }],
    createdAt: at,
    updatedAt: at,
    lastAdvancedAt: at,
    order,
  };
}
