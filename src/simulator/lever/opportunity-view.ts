// How the simulated Lever API shows an opportunity: plain, expanded, or reduced after a write.
import { badRequest } from '../simulated-error.js';
import type { Contact, Opportunity } from './lever-records.js';
import { laterFields } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import type { Sight } from './opportunity-book.js';

const expandable = ['applications', 'stage', 'owner', 'followers', 'sourcedBy', 'contact'];

/** @throws a 400 for a name that can't be expanded: `posting`, or names joined by commas. */
export function checkExpand(names: string[]): void {
  const wrong = names.find((name) => !expandable.includes(name));
  if (wrong !== undefined) throw badRequest(`"${wrong}" cannot be expanded`);
}

export function showOpportunity(world: LeverWorld, sight: Sight, expand: string[] = []) {
  const { opportunity, contact } = sight;
  const { updatedAt } = world.switches;
  return {
    id: opportunity.id,
    name: contact.name,
    headline: opportunity.headline,
    ...references(world, sight, expand),
    confidentiality: opportunity.confidentiality,
    location: '',
    emails: [...contact.emails],
    phones: contact.phones,
    links: [...contact.links],
    archived: opportunity.archived,
    tags: world.tagsOf(opportunity),
    sources: opportunity.sources,
    stageChanges: opportunity.stageChanges,
    origin: opportunity.origin,
    createdAt: opportunity.createdAt,
    updatedAt: updatedAt === 'null' ? null : opportunity.updatedAt,
    lastInteractionAt: opportunity.lastInteractionAt,
    lastAdvancedAt: opportunity.lastAdvancedAt,
    snoozedUntil: null,
    urls: {
      list: `${world.origin}/candidates`,
      show: `${world.origin}/candidates/${opportunity.id}`,
    },
    isAnonymized: contact.isAnonymized,
    dataProtection: contact.isContactAllowed ? null : refusedContact(),
    ...laterFields,
  };
}

/** Replies of addTags, stage and archived contain no candidate data [R]. */
export function showHollow(world: LeverWorld, sight: Sight) {
  const shown = showOpportunity(world, sight);
  return { ...shown, name: '', headline: '', emails: [], phones: [], links: [] };
}

export function showContact(contact: Contact) {
  const { id, name, emails, phones, isAnonymized } = contact;
  return { id, name, headline: '', isAnonymized, location: null, emails, phones, ...laterFields };
}

function references(world: LeverWorld, { opportunity, contact }: Sight, expand: string[]) {
  const { stages, users } = world.account;
  const pick = (name: string, id: string | null, record: () => unknown) =>
    expand.includes(name) && id !== null ? (record() ?? id) : id;
  const user = (id: string | null) => users.find((row) => row.id === id);
  const { stageId, ownerId, contactId, applicationId, followerIds } = opportunity;
  const stage = () => {
    const known = stages.find(({ id }) => id === stageId);
    return known && { id: known.id, text: known.text };
  };
  const application = () => showApplication(opportunity, contact);
  return {
    contact: pick('contact', contactId, () => showContact(contact)),
    stage: pick('stage', stageId, stage),
    owner: pick('owner', ownerId, () => user(ownerId)),
    sourcedBy: null,
    followers: followerIds.map((id) => pick('followers', id, () => user(id))),
    applications: opportunity.postingId ? [pick('applications', applicationId, application)] : [],
  };
}

function showApplication(opportunity: Opportunity, contact: Contact) {
  return {
    id: opportunity.applicationId,
    opportunityId: opportunity.id,
    candidateId: opportunity.candidateId,
    createdAt: opportunity.createdAt,
    type: 'posting',
    posting: opportunity.postingId,
    name: contact.name,
    email: contact.emails[0] ?? null,
    archived: opportunity.archived,
    ...laterFields,
  };
}

function refusedContact() {
  return {
    store: { allowed: true, expiresAt: null },
    contact: { allowed: false, expiresAt: null },
  };
}
