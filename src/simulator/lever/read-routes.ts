// Lever's routes that read: the account's parts, opportunities, their notes, postings, webhooks.
import { notFound, SimulatedError } from '../simulated-error.js';
import { hasRight, type LeverRight } from './lever-access.js';
import { pageOf, several } from './lever-page.js';
import type { Note, Posting } from './lever-records.js';
import { laterFields, type LeverCall, type LeverRoute } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import type { Sight } from './opportunity-book.js';
import { filterOpportunities, timeRange } from './opportunity-filter.js';
import { inListOrder } from './opportunity-page.js';
import { checkExpand, showOpportunity } from './opportunity-view.js';
import type { Webhook } from './webhook-records.js';

/** A route that lists these rows in their order, page by page. `show`: how a row is shown. */
function list<Row>(
  path: string,
  right: LeverRight,
  rows: (call: LeverCall) => Row[],
  show: (row: Row, call: LeverCall) => unknown,
): LeverRoute {
  return {
    method: 'GET',
    path,
    right,
    answer: (call) => ({
      body: pageOf(
        rows(call),
        call.query,
        (_row, index) => index,
        (row) => show(row, call),
      ),
    }),
  };
}

/** The row with fields that Lever doesn't have yet. */
const withLaterFields = (row: object) => ({ ...row, ...laterFields });

export const readRoutes: LeverRoute[] = [
  list('/stages', 'stages:read', ({ world }) => listedStages(world), withLaterFields),
  list('/tags', 'tags:read', ({ world }) => tagsInUse(world), withLaterFields),
  list('/users', 'users:read', ({ world }) => world.account.users, withLaterFields),
  list('/webhooks', 'webhooks:read', ({ world }) => [...world.webhooks.all.values()], showWebhook),
  list('/postings', 'postings:read', ({ world }) => [...world.postings.all.values()], showPosting),
  {
    method: 'GET',
    path: '/postings/:id',
    right: 'postings:read',
    answer: (call) => ({ body: { data: showPosting(call.world.postings.get(call.id), call) } }),
  },
  {
    method: 'GET',
    path: '/opportunities',
    right: 'opportunities:read',
    answer: ({ world, grant, query }) => {
      const expand = several(query, 'expand');
      checkExpand(expand);
      const sights = inListOrder(world, filterOpportunities(world, grant, query));
      const show = (sight: Sight) => showOpportunity(world, sight, expand);
      if (world.switches.pageTokens === 'by-position') {
        return { body: pageOf(sights, query, (_sight, index) => index, show) };
      }
      return { body: world.opportunityPages.page(world, sights, query, show) };
    },
  },
  list('/opportunities/deleted', 'opportunities:read', deletedRows, (row, { world }) =>
    world.switches.deletedList === 'ids' ? row.id : row,
  ),
  {
    method: 'GET',
    path: '/opportunities/:id',
    right: 'opportunities:read',
    answer: (call) => {
      const expand = several(call.query, 'expand');
      checkExpand(expand);
      const sight = getVisible(call, call.world.switches.readLagMs);
      return { body: { data: showOpportunity(call.world, sight, expand) } };
    },
  },
  list(
    '/opportunities/:id/notes',
    'notes:read',
    (call) => {
      // Throws unless the caller may see the opportunity.
      getVisible(call);
      return call.world.notes.list(call.id);
    },
    showNote,
  ),
];

/**
 * The opportunity that a call names, as of `lagMs` ago.
 * @throws a 404, or what `confidentialRefusal` says for a confidential one without the right.
 */
export function getVisible({ world, grant, id }: LeverCall, lagMs = 0): Sight {
  const sight = world.opportunities.sight(id, lagMs);
  const isConfidential = sight.opportunity.confidentiality === 'confidential';
  if (!isConfidential || hasRight(grant, 'confidential:access')) return sight;
  if (world.switches.confidentialRefusal === 404) throw notFound(`opportunity ${id}`);
  throw new SimulatedError(403, 'Forbidden', 'This key has no access to confidential data');
}

/** A note as Lever's API shows it, with fields that Lever may add one day (`laterFields`). */
export function showNote({ id, value, userId, createdAt }: Note) {
  return {
    id,
    text: value,
    fields: [{ type: 'note', text: 'Note', value, score: null, user: userId, createdAt }],
    user: userId,
    secret: false,
    createdAt,
    completedAt: createdAt,
    deletedAt: null,
    ...laterFields,
  };
}

/** Deleted opportunities within the times that the query asks for. @throws a 403 if the switch refuses this list. */
function deletedRows({ world, query }: LeverCall) {
  if (world.switches.deletedList === 'refused') {
    throw new SimulatedError(403, 'Forbidden', 'This key may not list deleted opportunities');
  }
  const isWithin = timeRange(query, 'deleted_at');
  return world.opportunities.deleted.filter(({ deletedAt }) => isWithin?.(deletedAt) ?? true);
}

/** The stages that Lever lists; deactivated ones only if the switch says so. */
function listedStages({ account, switches }: LeverWorld) {
  const isListed = switches.deactivatedStages === 'listed';
  return account.stages
    .filter(({ isActive }) => isActive || isListed)
    .map(({ id, text }) => ({ id, text }));
}

/** Tags on at least one opportunity or posting, each with the number of opportunities. */
function tagsInUse(world: LeverWorld): { text: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const posting of world.postings.all.values()) {
    for (const tag of posting.tags) counts.set(tag, 0);
  }
  for (const opportunity of world.opportunities.all.values()) {
    for (const tag of world.tagsOf(opportunity)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count }));
}

/** A posting as Lever's API shows it. */
function showPosting(posting: Posting, { world }: LeverCall) {
  return {
    ...posting,
    user: null,
    owner: null,
    hiringManager: null,
    confidentiality: 'non-confidential',
    urls: { show: `${world.origin}/postings/${posting.id}` },
    ...laterFields,
  };
}

/** A webhook as Lever's API lists it: never with the signature token. */
function showWebhook({ id, event, url, createdAt }: Webhook) {
  return { id, event, url, configuration: { conditions: { origins: everyOrigin } }, createdAt };
}

const everyOrigin = ['applied', 'sourced', 'referred', 'university', 'agency', 'internal'];
