// How the simulated Lever API shows an opportunity: plain, expanded, or reduced after a write.
import { badRequest } from '../simulated-error.js';
import { laterFields } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import type { Sight } from './opportunity-book.js';

const expandable = ['applications', 'stage', 'owner', 'followers', 'sourcedBy', 'contact'];

/** @throws a 400 for a name that can't be expanded: `posting`, or names joined by commas. */
export function checkExpand(names: string[]): void {
  const wrong = names.find((name) => !expandable.includes(name));
  if (wrong !== undefined) throw badRequest(`"${wrong}" cannot be expanded`);
}

/**
 * An opportunity as Lever's API shows it. `expand`: references to show as whole records instead of ids. Fields that no
 * one needs have fixed values.
 */
export function showOpportunity(world: LeverWorld, sight: Sight, expand: string[] = []) {
  const { opportunity, contact } = sight;
  const { updatedAt } = world.switches;
  return {
    id: opportunity.id,
    name: contact.name,
    headline: '',
    ...references(world, sight, expand),
    confidentiality: opportunity.confidentiality,
    location: '',
    emails: [...contact.emails],
    phones: contact.phones,
    links: [...contact.links],
    archived: opportunity.archived,
    tags: world.tagsOf(opportunity),
    sources: ['Added manually'],
    stageChanges: opportunity.stageChanges,
    origin: 'applied',
    createdAt: opportunity.createdAt,
    updatedAt: updatedAt === 'null' ? null : opportunity.updatedAt,
    lastInteractionAt: opportunity.createdAt,
    lastAdvancedAt: opportunity.lastAdvancedAt,
    snoozedUntil: null,
    urls: {
      list: `${world.origin}/candidates`,
      show: `${world.origin}/candidates/${opportunity.id}`,
    },
    isAnonymized: contact.isAnonymized,
    dataProtection: contact.isContactAllowed ? null : refusedContact,
    ...laterFields,
  };
}

/** An opportunity as recorded replies of addTags and removeTags show it: without candidate data. */
export function showHollow(world: LeverWorld, sight: Sight) {
  const shown = showOpportunity(world, sight);
  return { ...shown, name: '', headline: '', emails: [], phones: [], links: [] };
}

/** The fields that refer to other records: each an id, or the record itself if it was expanded. */
function references({ account }: LeverWorld, { opportunity, contact }: Sight, expand: string[]) {
  const { id, stageId, contactId, applicationId, candidateId, postingId } = opportunity;
  const { name, emails, phones, isAnonymized } = contact;
  const application = {
    id: applicationId,
    opportunityId: id,
    candidateId,
    createdAt: opportunity.createdAt,
    type: 'posting',
    posting: postingId,
    name,
    email: emails[0] ?? null,
    archived: opportunity.archived,
    ...laterFields,
  };
  const person = { id: contactId, name, headline: '', isAnonymized, location: null };
  const stage = account.stages.find((row) => row.id === stageId);
  const isAsked = (part: string) => expand.includes(part);
  return {
    contact: isAsked('contact') ? { ...person, emails, phones, ...laterFields } : contactId,
    stage: isAsked('stage') && stage ? { id: stageId, text: stage.text } : stageId,
    owner: null,
    sourcedBy: null,
    followers: [],
    applications: postingId ? [isAsked('applications') ? application : applicationId] : [],
  };
}

const refusedContact = {
  store: { allowed: true, expiresAt: null },
  contact: { allowed: false, expiresAt: null },
};
