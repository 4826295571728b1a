// Control routes for candidates: what a recruiter would do on Lever's pages.
import { z } from 'zod';
import { showOpportunity } from '../lever/opportunity-view.js';
import type { Opportunity } from '../lever/lever-records.js';
import { badRequest } from '../simulated-error.js';
import { post, text, texts, type ControlRoute, type Worlds } from './control-route.js';

const candidate = z.strictObject({
  name: z.string(),
  stageId: text,
  id: text.optional(),
  emails: texts.optional(),
  contactId: text.optional(),
  postingId: text.nullable().optional(),
  tags: texts.optional(),
  links: texts.optional(),
  phones: z.array(z.object({ type: z.string(), value: z.string() })).optional(),
  headline: z.string().optional(),
  confidential: z.boolean().optional(),
  origin: text.optional(),
  ownerId: text.optional(),
  createdAt: z.number().int().optional(),
  isContactAllowed: z.boolean().optional(),
});

const manyCandidates = candidate.omit({ id: true, emails: true, contactId: true }).extend({
  count: z.number().int().min(1).max(100_000),
});

const one = z.strictObject({ opportunityId: text });

export const opportunityControls: ControlRoute[] = [
  post('/lever/candidates', candidate, (worlds, input) =>
    shown(worlds, worlds.lever.actions.create(input)),
  ),
  post('/lever/candidates/many', manyCandidates, ({ lever }, { count, ...input }) => ({
    opportunityIds: Array.from({ length: count }, (_, index) => {
      const name = `${input.name} Number${index + 1}`;
      const emails = [`${name.toLowerCase().replace(/\W+/g, '.')}@example.com`];
      return lever.actions.create({ ...input, name, emails }).id;
    }),
  })),
  post(
    '/lever/move',
    z.strictObject({
      opportunityId: text.optional(),
      opportunityIds: texts.optional(),
      stageId: text,
      userId: text.optional(),
    }),
    ({ lever }, { opportunityId, opportunityIds, stageId, userId }) => {
      if (opportunityId) lever.actions.move(opportunityId, stageId, { userId });
      else if (opportunityIds) lever.actions.moveMany(opportunityIds, stageId, { userId });
      else throw badRequest('give opportunityId or opportunityIds');
      return { moved: opportunityId ? 1 : opportunityIds?.length };
    },
  ),
  post('/lever/archive', one.extend({ reason: text }), (worlds, { opportunityId, reason }) =>
    shown(worlds, worlds.lever.actions.archive(opportunityId, reason)),
  ),
  post('/lever/unarchive', one, (worlds, { opportunityId }) =>
    shown(worlds, worlds.lever.actions.unarchive(opportunityId)),
  ),
  post('/lever/delete', one, ({ lever }, { opportunityId }) => {
    lever.actions.remove(opportunityId);
    return { deleted: opportunityId };
  }),
  post('/lever/anonymize', one, (worlds, { opportunityId }) =>
    shown(worlds, worlds.lever.actions.anonymize(opportunityId)),
  ),
  post('/lever/tag', one.extend({ tags: texts }), (worlds, { opportunityId, tags }) =>
    shown(worlds, worlds.lever.actions.addTags(opportunityId, tags)),
  ),
  post('/lever/untag', one.extend({ tags: texts }), (worlds, { opportunityId, tags }) =>
    shown(worlds, worlds.lever.actions.removeTags(opportunityId, tags)),
  ),
  post('/lever/link', one.extend({ links: texts }), (worlds, { opportunityId, links }) =>
    shown(worlds, worlds.lever.contacts.addLinks(opportunityId, links)),
  ),
  post('/lever/unlink', one.extend({ links: texts }), (worlds, { opportunityId, links }) =>
    shown(worlds, worlds.lever.contacts.removeLinks(opportunityId, links)),
  ),
  post('/lever/emails', one.extend({ emails: texts }), (worlds, { opportunityId, emails }) =>
    shown(worlds, worlds.lever.contacts.setEmails(opportunityId, emails)),
  ),
  post('/lever/name', one.extend({ name: z.string() }), (worlds, { opportunityId, name }) =>
    shown(worlds, worlds.lever.contacts.rename(opportunityId, name)),
  ),
  post(
    '/lever/contact-allowed',
    one.extend({ isAllowed: z.boolean() }),
    (worlds, { opportunityId, isAllowed }) =>
      shown(worlds, worlds.lever.contacts.setContactAllowed(opportunityId, isAllowed)),
  ),
  post(
    '/lever/confidential',
    one.extend({ isConfidential: z.boolean() }),
    (worlds, { opportunityId, isConfidential }) =>
      shown(worlds, worlds.lever.actions.setConfidential(opportunityId, isConfidential)),
  ),
];

function shown({ lever }: Worlds, { id }: Opportunity) {
  return showOpportunity(lever, lever.opportunities.sight(id, 0));
}
